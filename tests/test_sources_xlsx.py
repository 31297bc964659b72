"""Spreadsheets: which sheet, where the table begins, what cells say, and what is no spreadsheet."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from sources_reading import states, told
from valuestream import Reading, read
from valuestream.errors import InputError
from valuestream.sources import xlsx_archive, xlsx_table

Book = Callable[..., Path]


def _zipped(parts: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{text}')
    return packed.getvalue()


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
AS_EXCEL = _zipped(
    {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType='
        f'"application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/><Override '
        f'PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/><Override PartName='
        f'"/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/><Override PartName="/xl/sharedStrings.xml" '
        f'ContentType="{_TYPE}.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets><sheet name="Log" sheetId="1" '
        'r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_REL}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{_REL}/styles" '
        f'Target="styles.xml"/><Relationship Id="rId3" Type="{_REL}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts><font/></fonts><fills><fill><patternFill '
        'patternType="none"/></fill></fills><borders><border/>'
        '</borders><cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0" '
        'xfId="0"/><xf numFmtId="22" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}" count="6" uniqueCount="6"><si><t>Key</t></si><si><t>Status</t>'
        "</si><si><t>Date</t></si><si><t>A</t></si><si><r><t>to </t></r><r><t>do</t></r></si><si><t>"
        "done</t></si></sst>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><dimension ref="A1:C3"/><sheetData><row r="1">'
        '<c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row><row r="2">'
        '<c r="A2" t="s"><v>3</v></c><c r="B2" t="s"><v>4</v></c><c r="C2" s="1"><v>45292.5</v></c></row><row r="3">'
        '<c r="A3" t="s"><v>3</v></c><c r="B3" t="s"><v>5</v></c><c r="C3" s="1"><f>C2+1.5</f><v>45294</v></c></row>'
        "</sheetData></worksheet>",
    }
)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Sheets as rows of cells, saved as log.xlsx; `change` may do something to the workbook before."""

    def save(change: Callable[[Any], object] | None = None, **sheets: list[list[Any]]) -> Path:
        made = openpyxl.Workbook()
        made.remove(made.active)
        for name, rows in sheets.items():
            sheet = made.create_sheet(name)
            for row in rows:
                sheet.append(row)
        if change:
            change(made)
        made.save(tmp_path / "log.xlsx")
        return tmp_path / "log.xlsx"

    return save


EVENTS = [["Key", "Status", "Date"], ["A", "todo", datetime(2024, 1, 1, 9)], ["A", "done", datetime(2024, 1, 3)]]


def test_real_dates_and_dates_in_text_are_both_read(book):
    log = read(book(Log=[*EVENTS, ["B", "todo", "2024-01-02 08:30"], ["B", "done", date(2024, 1, 5)]]))
    assert states(log) == [
        ("A", "2024-01-01 09:00", "todo"),
        ("A", "2024-01-03", "done"),
        ("B", "2024-01-02 08:30", "todo"),
        ("B", "2024-01-05", "done"),
    ]


def test_real_dates_are_local_times_of_the_zone_that_is_named(book):
    log = read(book(Log=EVENTS), Reading(zone="Europe/Berlin"))
    assert states(log)[0] == ("A", "2024-01-01 08:00", "todo")


def test_dates_count_from_1904_where_the_workbook_says_so(book):
    def since_1904(made):
        made.epoch = CALENDAR_MAC_1904

    assert states(read(book(since_1904, Log=EVENTS))) == states(read(book(Log=EVENTS)))


def test_the_first_sheet_whose_columns_are_known_is_read_and_a_note_says_so(book):
    path = book(About=[["Our tickets"], ["made by ada"]], Log=EVENTS, Other=EVENTS)
    notes = read(path).notes
    assert "Read from the sheet 'Log' (the first whose columns are known), whose header is row 1." in notes
    assert "Not read: 'About', 'Other'; `--sheet NAME` reads another sheet." in notes


@pytest.mark.parametrize("sheet", ["Second", "second", "2"])
def test_a_sheet_is_chosen_by_its_name_or_number(book, sheet):
    path = book(First=EVENTS, Second=[*EVENTS, ["B", "todo", datetime(2024, 1, 2)]])
    assert list(read(path, Reading(sheet=sheet)).items) == ["A", "B"]


def test_a_sheet_that_is_not_there_is_an_error_that_lists_those_that_are(book):
    with pytest.raises(InputError, match="has no sheet '3'") as caught:
        read(book(First=EVENTS, Second=EVENTS), Reading(sheet="3"))
    assert caught.value.hint == "Its sheets: 'First', 'Second'."


@pytest.mark.parametrize("name", ["log", "log.csv", "log.xls"])
def test_the_name_does_not_matter(book, name):
    path = book(Log=EVENTS)
    assert states(read(path.rename(path.with_name(name)))) == [
        ("A", "2024-01-01 09:00", "todo"),
        ("A", "2024-01-03", "done"),
    ]


def test_titles_above_the_header_are_skipped_and_rows_keep_their_numbers(book):
    path = book(Log=[["Tickets of 2024"], [], *EVENTS, [], ["B", None, datetime(2024, 1, 2)]])
    [reject] = read(path).rejects
    # the header is row 3, A's events rows 4 and 5, row 6 is blank
    assert (reject.place, reject.reason) == ("row 7", "state is empty")


def test_merged_cells_say_what_their_range_says(book):
    """Key and Type stand over two rows, and a heading over the stages, as people like it."""

    def merge(made):
        for cells in ("A1:A2", "B1:B2", "C1:E1", "A3:A3"):
            made["Log"].merge_cells(cells)

    rows = [["Key", "Type", "Entered"], [None, None, "todo", "dev", "done"]]
    rows += [["A", "Bug", date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 4)]]
    rows += [["B", "Bug", date(2024, 1, 1), None, date(2024, 1, 5)]]
    log = read(book(merge, Log=rows))
    assert [state for _, _, state in states(log)] == ["todo", "dev", "done", "todo", "done"]


def test_a_key_that_is_merged_over_its_rows_is_the_key_of_each(book):
    def merge(made):
        made["Log"].merge_cells("A2:A3")

    rows = [EVENTS[0], EVENTS[1], [None, *EVENTS[2][1:]]]
    assert states(read(book(merge, Log=rows))) == states(read(book(Log=EVENTS)))


def test_headings_above_the_stages_need_not_be_merged(book):
    rows = [["Key", "Dates", None], [None, "todo", "done"], ["A", date(2024, 1, 1), date(2024, 1, 3)]]
    assert states(read(book(Log=rows))) == [("A", "2024-01-01", "todo"), ("A", "2024-01-03", "done")]


def test_a_stray_cell_far_out_costs_nothing(book):
    far = ["B", "todo", datetime(2024, 1, 3), *[None] * 16_000, "x"]
    rows = [*EVENTS, far, *(["C", "done", datetime(2024, 1, 4)] for _ in range(300))]
    assert len(read(book(Log=rows)).items) == 3


def test_cells_all_over_the_place_are_no_table(book, monkeypatch):
    monkeypatch.setattr(xlsx_table, "MOST_CELLS", 5)
    with pytest.raises(InputError, match="too many to be one table"):
        read(book(Log=EVENTS))


def test_keys_keep_their_look(book):
    """7 is no 7.0, 007 stays 007 whether it is text or a number in the format 000, NA is a key."""

    def form(made):
        made["Log"]["A5"].number_format = "000"

    keys = [7, 7.5, "007", 8, "NA", 12345678901, True]
    log = read(book(form, Log=[["Key", "Status", "Date"], *([key, "todo", date(2024, 1, 1)] for key in keys)]))
    assert list(log.items) == ["7", "7.5", "007", "008", "NA", "12345678901", "TRUE"]


def test_formulas_are_read_as_their_values_and_those_without_are_counted(book):
    path = book(Log=[*EVENTS, ["B", "todo", "=C2"], ["=A2", "todo", "=C2+1"]])
    read(path)
    notes = "\n".join(read(path).notes)
    # openpyxl writes formulas and does not calculate: three in the table have no value
    assert "3 formulas have no calculated value: taken as empty." in notes
    cached = _with(path, "xl/worksheets/sheet1.xml", b"<f>A2</f><v />", b"<f>A2</f><v>77</v>")
    assert "2 formulas have no calculated value" in "\n".join(read(cached).notes)
    assert [reject.body for reject in read(cached).rejects] == ["B, todo, ", "77, todo, "]


def test_errors_of_cells_are_empty_and_counted(book):
    log = read(book(Log=[*EVENTS, ["B", "#N/A", date(2024, 1, 1)]]))
    assert [reject.reason for reject in log.rejects] == ["state is empty"]
    assert "1 cells hold an error such as #N/A: taken as empty." in log.notes


def test_dates_that_the_spreadsheet_may_have_misread_are_said(book):
    rows = [["Key", "todo", "done"], ["A", date(2024, 1, 2), date(2024, 3, 4)], ["B", "13/01/2024", date(2024, 2, 1)]]
    assert "Dates and dates written as text stand mixed in 'todo'" in "\n".join(read(book(Log=rows)).notes)


def test_a_change_log_and_intervals_are_read_as_well(book):
    log = read(
        book(Log=[["key", "activity", "start", "end"], ["A", "dev", datetime(2024, 1, 1), datetime(2024, 1, 3)]])
    )
    assert sorted(told(log)) == ["A 2024-01-01 START dev", "A 2024-01-03 END dev"]


def test_a_table_that_is_not_known_is_an_error_that_lists_its_columns(book):
    with pytest.raises(InputError) as caught:
        read(book(Log=[["Colour", "Size"], ["red", 3]]))
    assert "'Colour', 'Size'" in str(caught.value)


def test_texts_may_stand_in_a_table_of_their_own(tmp_path):
    """As Excel writes them; openpyxl writes them into the cells."""
    (tmp_path / "log.xlsx").write_bytes(AS_EXCEL)
    log = read(tmp_path / "log.xlsx")
    assert states(log) == [("A", "2024-01-01 12:00", "to do"), ("A", "2024-01-03", "done")]


# What is no spreadsheet


def _with(path: Path, part: str, old: bytes, new: bytes) -> Path:
    """The workbook with something changed in one of its parts."""
    changed = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        assert old in source.read(part)
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data.replace(old, new) if name == part else data)
    return changed


@pytest.mark.parametrize(
    "content, message",
    [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "is an old spreadsheet"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "is encrypted"),
        (_zipped({"tickets": "a,b"}), "is a zip archive of tickets"),
        (_zipped({"word/document.xml": "<a/>"}), "is a document of Office"),
        (_zipped({"mimetype": "x", "content.xml": "<a/>"}), "is an OpenDocument file"),
    ],
)
def test_what_is_no_spreadsheet_is_an_error_that_says_what_it_is(tmp_path, content, message):
    (tmp_path / "log.xlsx").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read(tmp_path / "log.xlsx")


def test_text_with_the_ending_of_a_spreadsheet_is_read_as_text_and_said(tmp_path):
    (tmp_path / "log.xlsx").write_text("key,status,date\nA,todo,2024-01-01\n", encoding="utf-8")
    log = read(tmp_path / "log.xlsx")
    assert "Read as delimited text, which it is, whatever its ending says." in log.notes


def test_half_a_spreadsheet_is_an_error(book):
    path = book(Log=EVENTS)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(InputError, match="is no whole spreadsheet"):
        read(path)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(book):
    bomb = _with(book(Log=EVENTS), "xl/styles.xml", b"</styleSheet>", b"<!--" + b" " * (40 << 20) + b"--></styleSheet>")
    assert bomb.stat().st_size < 100_000
    with pytest.raises(InputError, match="times its size, as no spreadsheet does"):
        read(bomb)


def test_a_workbook_that_unpacks_to_too_much_is_refused(book, monkeypatch):
    monkeypatch.setattr(xlsx_archive, "MOST_BYTES", 1 << 10)
    with pytest.raises(InputError, match="unpacks to"):
        read(book(Log=EVENTS))


def test_entities_are_refused(book):
    entities = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><styleSheet '
    bad = _with(book(Log=EVENTS), "xl/styles.xml", b"<styleSheet ", entities)
    with pytest.raises(InputError, match="markup that no spreadsheet holds"):
        read(bad)


def test_entities_are_refused_wherever_a_comment_hides_them(book):
    hidden = b"<!-- <a " + b"x" * 100_000 + b' --><!DOCTYPE a [<!ENTITY b "todo">]><worksheet '
    bad = _with(book(Log=EVENTS), "xl/worksheets/sheet1.xml", b"<worksheet ", hidden)
    with pytest.raises(InputError, match="markup that no spreadsheet holds"):
        read(bad)


def test_styles_that_would_fill_memory_are_refused(book, monkeypatch):
    monkeypatch.setattr(xlsx_archive, "MOST_OF_PART", {"styles.xml": 100})
    with pytest.raises(InputError, match=r"of xl/styles\.xml, which is no sheet"):
        read(book(Log=EVENTS))


def test_what_the_library_prints_of_damaged_styles_does_not_reach_the_output(book, capsys):
    named = b'<cellStyles count="1"><cellStyle name="Normal" xfId="9" builtinId="0"'
    styles = zipfile.ZipFile(book(Log=EVENTS)).read("xl/styles.xml")
    old = styles[styles.index(b"<cellStyles") : styles.index(b'builtinId="0"') + len(b'builtinId="0"')]
    with pytest.raises(InputError, match="no whole spreadsheet"):
        read(_with(book(Log=EVENTS), "xl/styles.xml", old, named))
    assert capsys.readouterr().out == ""


def test_the_strict_form_is_an_error_that_says_how_to_save_it(book):
    strict = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
    bad = _with(
        book(Log=EVENTS), "xl/workbook.xml", b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", strict
    )
    with pytest.raises(InputError, match="strict form of Open XML"):
        read(bad)


@pytest.mark.parametrize("new", [b'<row r="99999999999">', b'<row r="x">'])
def test_rows_that_no_spreadsheet_has_are_an_error(book, new):
    bad = _with(book(Log=EVENTS), "xl/worksheets/sheet1.xml", b'<row r="2">', new)
    with pytest.raises(InputError):
        read(bad)
