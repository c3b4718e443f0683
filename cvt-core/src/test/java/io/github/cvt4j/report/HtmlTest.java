package io.github.cvt4j.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HtmlTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "<script>alert(1)</script>|&lt;script&gt;alert(1)&lt;/script&gt;",
        "\" onload=\"x|&quot; onload=&quot;x",
        "' & &amp;|&#39; &amp; &amp;amp;",
      })
  void textAndAttributesAreEscapedAlike(String given, String escaped) {
    String html = new Html().leaf("span", given, "title", given).toString();
    assertThat(html).isEqualTo("<span title=\"" + escaped + "\">" + escaped + "</span>");
  }

  @Test
  void whatWouldTurnOrBreakTheTextIsReplaced() {
    String html = new Html().text("a\u202eb\u2066c\u0000d\u001be\ud800f\tg\nh").toString();
    assertThat(html).isEqualTo("a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf\tg\nh");
  }

  @Test
  void lettersOfAllScriptsStay() {
    assertThat(new Html().text("Käfer 蜂 𝕏 🐝").toString()).isEqualTo("Käfer 蜂 𝕏 🐝");
  }

  @Test
  void whatIsOpenMustBeClosedInOrder() {
    Html html = new Html().open("ul").open("li");
    assertThatThrownBy(() -> html.close("ul"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("[li, ul]");
    assertThatThrownBy(html::toString).hasMessageContaining("not closed: [li, ul]");
    assertThatThrownBy(() -> new Html().close("p")).isInstanceOf(IllegalStateException.class);
  }
}
