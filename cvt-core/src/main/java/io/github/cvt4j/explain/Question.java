package io.github.cvt4j.explain;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What to look at. Anything left open is chosen by {@link Explainer#complete}; numbers count from
 * 0.
 *
 * @param method how to look
 * @param stage the stage; by default the last, for {@link Method#ROLLOUT} the first
 * @param block the stage's block, by default its last; not for {@link Method#ROLLOUT}
 * @param head of {@link Method#ATTENTION}; by default the mean over all heads
 * @param token who asks in {@link Method#ATTENTION}; by default the class token where the stage has
 *     one, otherwise the mean over all tokens
 * @param classIndex of {@link Method#GRADCAM}; by default the likeliest class
 */
public record Question(
    Method method,
    OptionalInt stage,
    OptionalInt block,
    OptionalInt head,
    Optional<Token> token,
    OptionalInt classIndex) {

  /**
   * A place of a stage's token grid.
   *
   * @param row from the top
   * @param column from the left
   */
  public record Token(int row, int column) {}

  /** The usual look. */
  public static Question of(Method method) {
    OptionalInt open = OptionalInt.empty();
    return new Question(method, open, open, open, Optional.empty(), open);
  }

  /** The same of a stage. */
  public Question ofStage(int number) {
    return new Question(method, OptionalInt.of(number), block, head, token, classIndex);
  }

  /** The same of a block. */
  public Question ofBlock(int number) {
    return new Question(method, stage, OptionalInt.of(number), head, token, classIndex);
  }

  /** The same of a head. */
  public Question ofHead(int number) {
    return new Question(method, stage, block, OptionalInt.of(number), token, classIndex);
  }

  /** The same asked by a token. */
  public Question ofToken(Token place) {
    return new Question(method, stage, block, head, Optional.of(place), classIndex);
  }

  /** The same for a class. */
  public Question ofClass(int index) {
    return new Question(method, stage, block, head, token, OptionalInt.of(index));
  }
}
