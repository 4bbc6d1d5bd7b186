"""One script out of the widget's modules: in order, each once, with nothing lost that runs."""

import gzip
import re
import shutil
import subprocess

import pytest
from conftest import need

from bot.gateway.app import WEB
from bot.gateway.widget_script import join

ENTRY = """import { one } from "./a.js";
import {
  Two,
} from "./b.js";

console.log(one(), new Two().value);
"""
A = """/* About a. */
import { Two } from "./b.js";

export function one() {
  // A reason.
  return new Two().value + "/* kept */ // kept";
}
"""
B = """export class Two {
  #count = 1;
  /** Says what. */ get value() {
    return this.#count;
  }
}
"""
TWO_PRIVATE = """export class Two {
  #first = 3;
  #second = 4;
  get value() {
    return this.#first * 10 + this.#second;
  }
}
"""
SHEET = """export const css = `
.a , .b {
  color: #face00; width: calc(1px + 2px);
}
.c :focus { content: "x y"; }
`;
export const one = () => css.trim();
"""
MODULES = {"entry.js": ENTRY, "a.js": A, "b.js": B}


def write(folder, **changes):
    for name, text in {**MODULES, **{f"{name}.js": text for name, text in changes.items()}}.items():
        (folder / name).write_text(text)
    return folder


def run(script):
    need(shutil.which("node") is not None, "node")
    return subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True).stdout


def test_modules_run_once_after_what_they_import(tmp_path):
    text = join(write(tmp_path))
    assert run(text) == "1/* kept */ // kept 1\n"
    assert text.count("class Two") == 1
    assert "import" not in text and "export" not in text and "About" not in text and "reason" not in text


def test_private_names_become_short_and_stay_apart(tmp_path):
    text = join(write(tmp_path, b=TWO_PRIVATE))
    assert run(text).startswith("34/*")
    assert "#first" not in text


def test_a_style_sheet_keeps_its_colours_and_what_needs_its_spaces(tmp_path):
    text = join(write(tmp_path, a=SHEET))
    assert run(text) == '.a,.b{color:#face00;width:calc(1px + 2px)}.c :focus{content:"x y"} 1\n'


def test_two_modules_with_one_name_are_refused(tmp_path):
    with pytest.raises(ValueError, match="Two"):
        join(write(tmp_path, a="export const one = 1;\nconst Two = 2;\n"))


def test_a_missing_module_is_said(tmp_path):
    (write(tmp_path) / "b.js").unlink()
    with pytest.raises(FileNotFoundError, match=r"b\.js"):
        join(tmp_path)


def test_the_widget_is_one_script_under_20_kb():
    text = join(WEB / "widget")
    assert 15_000 < len(gzip.compress(text.encode(), 9)) < 20_000
    assert not re.search(r"^(import|export) ", text, re.MULTILINE)
    assert text.count('"use strict"') == 0 and "sourceMappingURL" not in text


def test_every_module_of_the_widget_is_in_it():
    text = join(WEB / "widget")
    for path in (WEB / "widget").glob("*.js"):
        names = re.findall(r"^export (?:async )?(?:class|function|const) (\w+)", path.read_text(), re.MULTILINE)
        assert path.name == "entry.js" or names, path
        assert all(re.search(rf"(?:class|function|const) {name}\b", text) for name in names), path
