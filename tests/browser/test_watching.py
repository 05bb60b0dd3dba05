"""The browser tests' own eyes: what is wrong on purpose is seen."""

from __future__ import annotations


def test_a_button_without_a_name_is_found(page, axe):
    page.set_content("<html lang='en'><title>t</title><main><button></button></main></html>")

    assert len(axe(page, "main")) == 1
    assert "button-name" in axe(page, "main")[0]


def test_errors_and_requests_to_other_machines_are_seen(watched, faults):
    watched.set_content("<script>console.error('one'); throw new Error('two')</script>")
    watched.evaluate("() => { new Image().src = 'https://example.invalid/three.png' }")
    watched.wait_for_timeout(300)
    seen = " ".join(faults)
    faults.clear()

    assert "one" in seen
    assert "two" in seen
    assert "https://example.invalid/three.png" in seen
