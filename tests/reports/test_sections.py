"""The list of sections is the report: every template and every part of the summary is shown by one section."""

from dataclasses import fields

from poregrove.reports.render import TEMPLATES
from poregrove.reports.sections import SECTIONS
from poregrove.reports.summary import Summary


def test_every_part_of_the_summary_is_shown_by_one_section():
    shown = [part for section in SECTIONS for part in section.summary]
    assert sorted(shown) == sorted(item.name for item in fields(Summary))


def test_every_section_has_a_template_of_its_own():
    assert (
        len({section.template for section in SECTIONS}) == len({section.name for section in SECTIONS}) == len(SECTIONS)
    )
    assert [section.template for section in SECTIONS if not (TEMPLATES / section.template).is_file()] == []
