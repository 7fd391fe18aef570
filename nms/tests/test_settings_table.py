"""docs/settings.md says what the code reads."""

from nms.environment import BASE_DIR, Environment
from nms.settings_table import settings_page


def test_the_settings_page_is_fresh() -> None:
    assert (BASE_DIR / "docs" / "settings.md").read_text() == settings_page(), "run `make docs`"


def test_the_settings_page_names_every_variable_with_its_meaning() -> None:
    page = settings_page()
    for field in Environment.model_fields.values():
        assert f"`{field.alias}`" in page
        assert field.description
        assert field.description.replace("|", "\\|") in page
