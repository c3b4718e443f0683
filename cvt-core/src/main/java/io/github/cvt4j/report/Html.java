package io.github.cvt4j.report;

import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.Set;

/**
 * Writes HTML that is well-formed XML too, and SVG inside it. Whatever comes from outside goes
 * through {@link #text} or an attribute's value and is escaped there; names of tags and attributes
 * are the program's own.
 */
final class Html {

  /** Stand in a line of text, where a line break would show as a space. */
  private static final Set<String> INLINE = Set.of("code", "em", "span", "strong");

  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  Html doctype() {
    out.append("<!DOCTYPE html>\n");
    return this;
  }

  /**
   * Begins an element.
   *
   * @param attributes names and values in turn
   */
  Html open(String tag, Object... attributes) {
    start(tag, attributes);
    open.push(tag);
    return this;
  }

  /**
   * Ends the innermost element.
   *
   * @throws IllegalStateException if that is another one
   */
  Html close(String tag) {
    if (open.isEmpty() || !open.peek().equals(tag)) {
      throw new IllegalStateException("</" + tag + ">, but open are " + open);
    }
    open.pop();
    end(tag);
    return this;
  }

  /** An element without content that HTML never closes, such as {@code img}. */
  Html empty(String tag, Object... attributes) {
    out.append('<').append(tag);
    attributes(attributes);
    out.append("/>\n");
    return this;
  }

  /** An element with nothing but text in it. */
  Html leaf(String tag, String text, Object... attributes) {
    start(tag, attributes);
    text(text);
    end(tag);
    return this;
  }

  Html text(String text) {
    escape(text);
    return this;
  }

  /** The style sheet, which is the program's own. */
  Html style(String css) {
    out.append("<style>\n").append(css).append("</style>\n");
    return this;
  }

  /** A picture inside the page. */
  Html picture(byte[] png, String alt, Object... attributes) {
    out.append("<img");
    attributes("src", "data:image/png;base64," + Base64.getEncoder().encodeToString(png));
    attributes("alt", alt);
    attributes(attributes);
    out.append("/>\n");
    return this;
  }

  private void end(String tag) {
    out.append("</").append(tag).append('>').append(INLINE.contains(tag) ? "" : "\n");
  }

  private void start(String tag, Object... attributes) {
    out.append('<').append(tag);
    attributes(attributes);
    out.append('>');
  }

  private void attributes(Object... attributes) {
    for (int i = 0; i < attributes.length; i += 2) {
      out.append(' ').append(attributes[i]).append("=\"");
      escape(attributes[i + 1].toString());
      out.append('"');
    }
  }

  /**
   * Control characters have no place in HTML; neither have the marks that turn the direction of
   * text, with which a name could make its surroundings read otherwise.
   */
  private void escape(String text) {
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.appendCodePoint(allowed(c) ? c : 0xfffd);
              }
            });
  }

  private static boolean allowed(int c) {
    boolean turns = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    boolean control = Character.isISOControl(c) && c != '\n' && c != '\t';
    boolean half = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
    return !turns && !control && !half;
  }

  /**
   * All of it.
   *
   * @throws IllegalStateException if something is still open
   */
  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("not closed: " + open);
    }
    return out.toString();
  }
}
