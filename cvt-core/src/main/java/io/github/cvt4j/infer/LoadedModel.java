package io.github.cvt4j.infer;

import io.github.cvt4j.fused.Calibration;
import io.github.cvt4j.fused.ComputeType;
import io.github.cvt4j.fused.FusedCvt;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.StateLayout;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.Match;
import io.github.cvt4j.weights.ModelFile;
import io.github.cvt4j.weights.Provenance;
import io.github.cvt4j.weights.Quantization;
import io.github.cvt4j.weights.StateDict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model that has been read and can be built, any number of times. Holds no native memory.
 *
 * @param experiment the same shape, with the recipe that came with it
 * @param spec the network
 * @param preprocess how pictures become its input
 * @param labels names of the classes; empty if unknown
 * @param provenance what made the weights
 * @param weights under microsoft's names; empty for fresh ones
 * @param allow patterns of names that may differ
 * @param seed of fresh weights, and of those that were allowed to be missing
 */
public record LoadedModel(
    Experiment experiment,
    CvtSpec spec,
    Preprocess preprocess,
    List<String> labels,
    Provenance provenance,
    Optional<StateDict> weights,
    List<String> allow,
    long seed) {

  /** Names of the classifier's tensors. */
  private static final List<String> HEAD = List.of("head.weight", "head.bias");

  public LoadedModel {
    labels = List.copyOf(labels);
    allow = List.copyOf(allow);
  }

  /**
   * Tensors for the network, checked strictly; none for fresh weights.
   *
   * @throws io.github.cvt4j.weights.CheckpointException listing what differs
   */
  public Map<String, HostTensor> matched() {
    Map<String, long[]> layout = StateLayout.of(spec);
    return weights
        .map(state -> Match.strict(layout, PositionEmbeddings.fitted(state, layout), allow))
        .orElse(Map.of());
  }

  /**
   * The network with its weights; the caller closes it.
   *
   * @throws io.github.cvt4j.weights.CheckpointException listing what differs
   */
  public Cvt build() {
    Map<String, HostTensor> tensors = matched(); // before anything is allocated
    Cvt model = new Cvt(spec, seed);
    try {
      model.assign(tensors);
      return model;
    } catch (RuntimeException | Error e) {
      model.close();
      throw e;
    }
  }

  /**
   * For inference; the caller closes it.
   *
   * @throws io.github.cvt4j.weights.CheckpointException listing what differs
   */
  public Network network(Execution execution) {
    return switch (execution.engine()) {
      case EAGER -> new EagerNetwork(build());
      case FUSED ->
          new FusedNetwork(new FusedCvt(spec, complete(), execution.type(), quantization()));
    };
  }

  /**
   * Which layers may be computed in integers; {@link Quantization#NONE} unless the checkpoint says.
   *
   * @throws io.github.cvt4j.weights.CheckpointException if what it says is damaged
   */
  public Quantization quantization() {
    return weights.map(Quantization::of).orElse(Quantization.NONE);
  }

  /**
   * The same with the weights of some layers rounded to integers of 8 bits, which {@link
   * ComputeType#INT8} computes in; all else computes in the rounded floats.
   *
   * @throws io.github.cvt4j.weights.CheckpointException listing what differs
   */
  public LoadedModel quantized(Quantization layers) {
    StateDict state = layers.narrow(new StateDict(complete()));
    Optional<StateDict> rounded = Optional.of(layers.widen(state));
    return new LoadedModel(experiment, spec, preprocess, labels, provenance, rounded, allow, seed);
  }

  /**
   * In integers as every processor can compute them, for what is to be the same elsewhere; the
   * caller closes it.
   */
  public Network portableIntegers() {
    return new FusedNetwork(FusedCvt.portable(spec, complete(), quantization()));
  }

  /** Looks at pictures for what {@link #quantized} needs; the caller closes it. */
  public Calibration calibration() {
    return new Calibration(spec, complete());
  }

  /** All tensors of the spec: fresh ones, where the checkpoint does not give them. */
  private Map<String, HostTensor> complete() {
    Map<String, HostTensor> tensors = matched();
    boolean all =
        StateLayout.of(spec).keySet().stream()
            .allMatch(name -> tensors.containsKey(name) || StateLayout.isCounter(name));
    if (all) {
      return tensors;
    }
    try (Cvt model = build()) {
      return model.stateDict().tensors();
    }
  }

  /** For pictures, computed as suits this machine; the caller closes it. */
  public Classifier classifier() {
    return classifier(Execution.choose(Optional.empty(), Optional.empty(), quantization()));
  }

  /** For pictures; the caller closes it. */
  public Classifier classifier(Execution execution) {
    Network network = network(execution);
    try {
      return new Classifier(network, preprocess, labels);
    } catch (RuntimeException | Error e) {
      network.close();
      throw e;
    }
  }

  /**
   * The same weights for another shape; what differs must be allowed.
   *
   * @param newSeed of what the weights do not give
   */
  public LoadedModel withSpec(CvtSpec other, long newSeed) {
    List<String> kept = other.numClasses() == spec.numClasses() ? labels : List.of();
    return new LoadedModel(
        experiment, other, preprocess, kept, provenance, weights, allow, newSeed);
  }

  /**
   * The same with some of its classes, or all in another order: the classifier's rows are picked.
   *
   * @param names of the new classes
   * @param outputs the old output that each of them is
   */
  public LoadedModel withClasses(List<String> names, int[] outputs) {
    return new LoadedModel(
        experiment,
        spec.withClasses(outputs.length),
        preprocess,
        names,
        provenance,
        weights.map(state -> picked(state, outputs)),
        allow,
        seed);
  }

  private StateDict picked(StateDict state, int[] outputs) {
    Map<String, HostTensor> tensors = new LinkedHashMap<>(state.tensors());
    for (String name : HEAD) {
      tensors.computeIfPresent(
          name,
          (key, head) ->
              head.shape().length > 0 && head.shape()[0] == spec.numClasses()
                  ? head.rows(outputs)
                  : head); // matching tells what is wrong with it
    }
    return new StateDict(tensors, state.metadata());
  }

  /** The same without a classifier: it will be drawn. */
  public LoadedModel withFreshHead() {
    List<String> allowed = new ArrayList<>(allow);
    allowed.addAll(HEAD);
    Optional<StateDict> headless =
        weights.map(
            state -> {
              Map<String, HostTensor> tensors = new LinkedHashMap<>(state.tensors());
              tensors.keySet().removeAll(HEAD);
              return new StateDict(tensors, state.metadata());
            });
    return new LoadedModel(
        experiment, spec, preprocess, List.of(), provenance, headless, allowed, seed);
  }

  /** The same with another way of preparing pictures. */
  public LoadedModel withPreprocess(Preprocess other) {
    return new LoadedModel(experiment, spec, other, labels, provenance, weights, allow, seed);
  }

  /** The same with another history. */
  public LoadedModel withProvenance(Provenance other) {
    return new LoadedModel(experiment, spec, preprocess, labels, other, weights, allow, seed);
  }

  /** As one file of ours. */
  public ModelFile file(StateDict state) {
    return new ModelFile(spec, preprocess, labels, provenance, state);
  }
}
