"""A text as Markdown reads as the text."""

from apprise.conversion.format import html_to_text, markdown_to_html
from hypothesis import given
from hypothesis import strategies as st

from alerts import markdown

PLAIN = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="&"), min_size=1, max_size=40)


def test_the_first_line_is_bold_and_an_address_is_a_link() -> None:
    """And an id with underscores stays one."""
    text = "SIN DATOS · centro_sur/p_07\n2 * 3 <b>\nhttp://127.0.0.1:8000/alarmas/1_2_3"
    assert markdown.from_plain(text) == (
        "**SIN DATOS · centro\\_sur/p\\_07**\n2 \\* 3 \\<b\\>\n<http://127.0.0.1:8000/alarmas/1_2_3>"
    )


@given(st.lists(PLAIN, min_size=1, max_size=4))
def test_nothing_in_a_text_is_a_mark(lines: list[str]) -> None:
    """What a service shows is what was meant, whatever a sensor calls itself."""
    text = "\n".join(f"· {line}" for line in lines)
    shown = html_to_text(markdown_to_html(markdown.from_plain(text)))  # type: ignore[no-untyped-call]
    assert [line.strip() for line in shown.splitlines()] == [line.strip() for line in text.splitlines()]
