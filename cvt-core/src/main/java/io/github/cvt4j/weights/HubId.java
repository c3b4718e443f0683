package io.github.cvt4j.weights;

import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model repository at a revision. Its parts become folder names, so nothing passes that could
 * mean another folder; the rules for names are those of huggingface_hub's validate_repo_id.
 *
 * @param owner user or organisation
 * @param name repository
 * @param revision branch, tag or commit
 */
record HubId(String owner, String name, String revision) {

  static final String SCHEME = "hf:";

  private static final Pattern FORM = Pattern.compile("([^/@]+)/([^/@]+)(?:@(.+))?");
  private static final Pattern NAME = Pattern.compile("[\\w](?:[\\w.-]{0,94}\\w)?");
  private static final Pattern REVISION = Pattern.compile("[\\w][\\w.+-]*(?:/[\\w][\\w.+-]*){0,7}");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
  private static final int LONGEST_REVISION = 200;
  private static final int LONGEST_SHOWN = 200;

  /**
   * Reads {@code hf:owner/name[@revision]}; the default revision is {@code main}.
   *
   * @throws CheckpointException if it is not of that form
   */
  static HubId parse(String source) {
    Matcher form = FORM.matcher(source.substring(SCHEME.length()));
    if (!form.matches()) {
      throw new CheckpointException(
          "'%s' is not of the form hf:owner/name[@revision], as in hf:microsoft/cvt-13"
              .formatted(shown(source)));
    }
    String revision = form.group(3) == null ? "main" : form.group(3);
    checkName("owner", form.group(1), source);
    checkName("name", form.group(2), source);
    if (!REVISION.matcher(revision).matches()
        || revision.length() > LONGEST_REVISION
        || revision.contains("..")
        || revision.endsWith(".")
        || revision.contains("./")
        || revision.endsWith(".lock")) {
      throw new CheckpointException(
          "revision '%s' in '%s' is not a branch, tag or commit made of letters, digits, '_', '-', '.', '+' and '/'"
              .formatted(shown(revision), shown(source)));
    }
    return new HubId(form.group(1), form.group(2), revision);
  }

  private static void checkName(String part, String text, String source) {
    if (!NAME.matcher(text).matches()
        || text.contains("--")
        || text.contains("..")
        || text.endsWith(".git")) {
      throw new CheckpointException(
          "%s '%s' in '%s' is not a hub name: up to 96 of letters, digits, '_', '-' and '.', not '--' or '..'"
              .formatted(part, shown(text), shown(source)));
    }
  }

  /** Whether a text is a full commit id, which never changes its meaning. */
  static boolean isCommit(String revision) {
    return COMMIT.matcher(revision).matches();
  }

  /** The cache's folder of this repository. */
  String folder() {
    return "models--" + owner + "--" + name;
  }

  /** The address of a file at a revision or commit of this repository. */
  URI address(URI endpoint, String at, String file) {
    String revisionSegment = at.replace("/", "%2F").replace("+", "%2B");
    return URI.create(
        endpoint + "/" + owner + "/" + name + "/resolve/" + revisionSegment + "/" + file);
  }

  @Override
  public String toString() {
    return SCHEME + owner + "/" + name + (revision.equals("main") ? "" : "@" + revision);
  }

  /** A stranger's text, fit for one line of a message. */
  static String shown(String text) {
    String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
    return line.length() <= LONGEST_SHOWN ? line : line.substring(0, LONGEST_SHOWN) + "...";
  }
}
