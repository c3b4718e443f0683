package io.github.cvt4j.weights;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The files of one model at one commit, on this machine. They belong to the cache: read only.
 *
 * @param weights {@code model.safetensors}, else {@code pytorch_model.bin}, or the file of an URL
 * @param config {@code config.json}
 * @param preprocessor {@code preprocessor_config.json}
 * @param commit the repository's commit; for an URL a digest of the address and its version
 */
public record HubSnapshot(
    Path weights, Optional<Path> config, Optional<Path> preprocessor, String commit) {}
