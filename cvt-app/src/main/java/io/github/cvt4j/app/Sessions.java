package io.github.cvt4j.app;

import io.github.cvt4j.data.DataSplit;
import io.github.cvt4j.report.Session;
import io.github.cvt4j.train.DataSignature;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** What a report will say of this start of the command. */
final class Sessions {

  private static final int MOST_OF_SIGNATURE = 400; // there may be thousands of classes

  /** Words that a shell takes as they are. */
  private static final Pattern PLAIN = Pattern.compile("[\\w@%+=:,./-]+");

  private Sessions() {}

  /** The session that begins now. */
  static Session begin(Common common, DataSplit data) {
    Map<String, String> versions = new LinkedHashMap<>();
    for (String line : new Version().getVersion()) {
      String[] nameAndVersion = line.split(" ", 2);
      versions.put(nameAndVersion[0], nameAndVersion[1]);
    }
    versions.put("Threads", Integer.toString(common.threads()));
    versions.put("Processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    return new Session(
        "./cvt " + command(common.words()),
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        cut(DataSignature.of(data)),
        versions);
  }

  /** Words as they can be typed into a shell again. */
  static String command(List<String> words) {
    return String.join(
        " ",
        words.stream()
            .map(
                word ->
                    PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'")
            .toList());
  }

  private static String cut(String text) {
    return text.length() <= MOST_OF_SIGNATURE ? text : text.substring(0, MOST_OF_SIGNATURE) + "...";
  }
}
