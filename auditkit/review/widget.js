// The review widget's page. All text is set as text, never as markup. Everything it needs is here:
// it loads nothing. It sends {do: "go" | "blind" | "judge" | "found" | "propose", ...} and shows
// `view`.

const KEYS = {
  a: "agree",
  s: "supported",
  o: "overcoded",
  u: "undercoded",
  w: "wrong_code",
  n: "not_supported",
  r: "not_separately_reportable",
};
const ERRORS = ["overcoded", "undercoded", "wrong_code", "not_supported", "not_separately_reportable"];
const NEED_LINES = ["overcoded", "undercoded", "wrong_code"];
const HELP = [
  ["j k", "next line, line before"],
  ["a", "agree with the engine"],
  ["s", "supported as billed"],
  ["o u w", "overcoded, undercoded, wrong code"],
  ["n r", "not supported, not separately reportable"],
  ["Enter", "save"],
  ["e", "enter blind codes, or the reason"],
  ["Esc", "leave a field"],
  ["[ ]", "chart before, next chart"],
  [".", "next chart that is not finished"],
  ["?", "show or hide these keys"],
];
const ALSO = { prompt: "Question to you", advisory: "Advisory", error: "Further error" };

function make(kind, name, text, ...children) {
  const node = document.createElement(kind);
  if (name) node.className = name;
  if (text !== undefined && text !== null) node.textContent = text;
  node.append(...children);
  return node;
}

function field(label, node) {
  const wrap = make("label", "ak-field", label);
  wrap.append(node);
  return wrap;
}

function choice(values, value) {
  const node = make("select");
  for (const each of ["", ...values]) {
    const option = make("option", "", each.replaceAll("_", " "));
    option.value = each;
    node.append(option);
  }
  node.value = value || "";
  return node;
}

function input(value, hint) {
  const node = make("input");
  node.type = "text";
  node.value = value || "";
  node.placeholder = hint;
  return node;
}

function parts(line) {
  const [code = "", ...rest] = line.split(/[-\s]+/);
  const units = rest.find((part) => /^x\d/.test(part)) || "";
  return { code, units, modifiers: rest.filter((part) => part !== units).sort().join(" ") };
}

function difference({ billed, supported, verdict }) {
  if (billed === supported) return verdict === "supported" ? "same" : "same line; see why";
  if (supported === "nothing") return "nothing is supported";
  if (billed === "not billed") return "was not billed";
  if (supported.includes(" + ")) return "several lines instead";
  const one = parts(billed);
  const two = parts(supported);
  const said = ["code", "modifiers", "units"].filter((name) => one[name] !== two[name]);
  return said.join(", ") + (said.length === 1 ? " differs" : " differ");
}

function button(text, act, name) {
  const node = make("button", name || "", text);
  node.type = "button";
  node.addEventListener("click", act);
  return node;
}

function words(text) {
  return (text || "").replaceAll("_", " ");
}

function header(view, state, send, draw) {
  const go = (to) => send({ do: "go", by: to - view.position });
  const before = button("\u2039 Previous", () => go(view.position - 1), "ak-quiet");
  const after = button("Next \u203a", () => go(view.position + 1), "ak-quiet");
  before.disabled = view.position === 0;
  after.disabled = view.position === view.charts - 1;
  const keys = button("Keys ?", () => toggleKeys(state, draw), "ak-quiet ak-keys");
  keys.setAttribute("aria-expanded", String(state.help));
  const progress = make("progress");
  progress.max = Math.max(1, view.lines);
  progress.value = view.judged;
  progress.setAttribute("aria-label", "lines judged");
  const bar = make("div", "ak-bar");
  bar.append(
    before,
    make("strong", "", `Chart ${view.position + 1} of ${view.charts}`),
    after,
    make("span", "", `${view.coded} coded blind; ${view.judged} of ${view.lines} lines judged`),
    progress,
    keys,
  );
  const facts = make("dl", "ak-facts");
  for (const [name, value] of [...view.facts, ["Encounter", view.encounter_id]]) {
    facts.append(make("div", "", null, make("dt", "", name), make("dd", "", value)));
  }
  return [bar, ...(state.help ? [help()] : []), facts];
}

function toggleKeys(state, draw) {
  state.help = !state.help;
  draw();
}

function help() {
  const list = make("dl", "ak-help");
  for (const [keys, does] of HELP) {
    const term = make("dt");
    for (const key of keys.split(" ")) term.append(make("kbd", "", key), " ");
    list.append(make("div", "", null, term, make("dd", "", does)));
  }
  return list;
}

function nextOpen(view) {
  const later = view.open.find((place) => place > view.position);
  return later ?? view.open.find((place) => place !== view.position);
}

function whatIsLeft(view, send) {
  if (view.open.includes(view.position)) return [];
  const next = nextOpen(view);
  const node = make("p", "ak-done");
  if (next === undefined) {
    node.textContent = "All your charts are coded and judged. Nothing is left to do here.";
    return [node];
  }
  node.append(
    "This chart is finished. ",
    button(`Go on with chart ${next + 1}`, () => send({ do: "go", by: next - view.position })),
  );
  return [node];
}

function proposals(view, send) {
  const table = make("table", "ak-proposals");
  table.append(make("caption", "", "Proposed, with the words it rests on: keep, correct, reject"));
  for (const each of view.proposals) {
    const acts = make("td", "ak-acts");
    for (const [outcome, text] of [
      ["accepted", "right"],
      ["corrected", "other value"],
      ["rejected", "not so"],
    ]) {
      const button = make("button", "", text);
      button.type = "button";
      button.setAttribute("aria-pressed", String(each.outcome === outcome));
      button.setAttribute("aria-label", `${each.element}: ${text}`);
      button.addEventListener("click", () =>
        send({ do: "propose", source: each.source, place: each.place, outcome }),
      );
      acts.append(button);
    }
    const row = make("tr");
    row.append(
      make("th", "", each.element),
      make("td", "", each.value),
      make("td", "ak-quote", each.quote),
      acts,
    );
    table.append(row);
  }
  return table;
}

function noteOf(view) {
  const note = make("div", "ak-note");
  note.setAttribute("role", "region");
  note.setAttribute("aria-label", "Note");
  note.tabIndex = 0;
  if (!view.note.length) note.append(make("em", "", "No note text on file; read the record."));
  for (const piece of view.note) {
    const node = make(piece.element ? "mark" : "span", "", piece.text);
    if (piece.element) node.title = piece.element;
    note.append(node);
  }
  return note;
}

function showWords(note, name) {
  const named = [...note.querySelectorAll("mark")].filter((node) => {
    const shown = node.title.split("; ").includes(name);
    node.classList.toggle("ak-shown", shown);
    return shown;
  });
  named[0]?.scrollIntoView({ block: "nearest" });
}

function elementsOf(view, note) {
  const marked = new Set(view.note.flatMap((piece) => piece.element.split("; ")));
  const box = make("div", "ak-elements");
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", "Documented elements");
  box.tabIndex = 0;
  for (const group of view.elements) {
    const table = make("table");
    table.append(make("caption", "", group.part));
    for (const each of group.rows) {
      const value = make("td");
      if (marked.has(each.name)) {
        const link = button(each.value, () => showWords(note, each.name), "ak-link");
        link.title = "show in the note";
        value.append(link);
      } else {
        value.textContent = each.value;
      }
      const head = make("th", "", each.element);
      head.scope = "row";
      table.append(make("tr", "", null, head, value));
    }
    if (group.lacking.length) {
      const head = make("th", "", "Not documented");
      head.scope = "row";
      table.append(make("tr", "ak-without", null, head, make("td", "", group.lacking.join(", "))));
    }
    box.append(table);
  }
  return box;
}

function record(view, send) {
  const note = noteOf(view);
  const shown = [make("h4", "", "Note"), note];
  if (view.elements.length) {
    shown.push(make("h4", "", "Documented elements"), elementsOf(view, note));
  }
  if (view.proposals.length) shown.push(proposals(view, send));
  return make("div", "ak-record", null, ...shown);
}

function blindForm(view, send) {
  const form = make("form", "ak-form");
  const codes = input("", "99213-25; 17000; 17003 x5");
  codes.name = "codes";
  form.append(
    make("h4", "", "Your own codes first"),
    make(
      "p",
      "",
      "Code this record from what it documents. Once you have saved, the billed lines are shown " +
        "and your blind codes stand.",
    ),
    field("Lines that the record supports", codes),
    make(
      "p",
      "ak-hint",
      "Code, modifiers and units of each line, semicolons between: 99213-25; 17003 x5. " +
        "Enter none if the record supports nothing.",
    ),
    make("button", "", "Save blind codes"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send({ do: "blind", codes: codes.value });
  });
  return form;
}

function lineRow(row, number, state, draw) {
  const chosen = number === state.line;
  const node = make("tr", chosen ? "ak-chosen" : "");
  const choose = () => {
    state.line = number;
    state.draft = {};
    draw();
  };
  const link = button(isUnbilled(row) ? "not billed" : row.slot, choose, "ak-link");
  if (chosen) link.setAttribute("aria-current", "true");
  const judged = row.conflict ? "CONFLICT: two copies differ" : words(row.judgement) || "open";
  const asked = row.also.some((each) => each.severity === "prompt") ? " (question)" : "";
  node.append(
    make("td", "", null, link),
    make("td", "ak-code", row.billed),
    make("td", "ak-code", row.supported),
    make("td", "ak-diff", difference(row)),
    make("td", "", words(row.verdict) + asked),
    make("td", row.judgement && !row.conflict ? "" : "ak-todo", judged),
  );
  node.addEventListener("click", choose);
  return node;
}

function since(each) {
  const version = each.version ? `, as in force on the date of service (since ${each.version})` : "";
  return each.citation ? each.citation + version : "";
}

function named(each) {
  return each.rule_title ? `${each.rule_id}: ${each.rule_title}` : each.rule_id;
}

function reasons(row) {
  const list = make("dl", "ak-why");
  const told = [
    ["Your blind codes", row.blind],
    ["Diagnoses billed", row.diagnoses],
    ["Rule", named(row)],
    ["Why", row.why],
    ["What would have supported it", row.would_support],
    ["Citation", since(row)],
  ];
  for (const each of row.also) {
    const text = [each.why, each.would_support, named(each), since(each)];
    told.push([ALSO[each.severity] || "Also", text.filter(Boolean).join("\n")]);
  }
  if (!row.rule_id) told.push(["Engine", "Billed as the record supports it; no rule objects."]);
  for (const [name, text] of told) {
    if (text) list.append(make("dt", "", name), make("dd", "", text));
  }
  return list;
}

function isUnbilled(row) {
  return row.slot.startsWith("+");
}

// A line that was not billed is missed work, or it is struck out: no other verdict is possible.
function possible(view, row) {
  const few = ["agree", "undercoded", "not_supported"];
  return isUnbilled(row) ? view.judgements.filter((each) => few.includes(each)) : view.judgements;
}

function asks(row, judgement) {
  const error =
    ERRORS.includes(judgement) && !(isUnbilled(row) && judgement === "not_supported");
  return {
    lines: NEED_LINES.includes(judgement),
    error,
    turn: judgement === "wrong_code",
    rule: error,
    remark: true,
  };
}

function verdicts(values, chosen, act) {
  const group = make("fieldset", "ak-verdicts", null, make("legend", "", "Judgement"));
  for (const value of values) {
    const radio = make("input");
    radio.type = "radio";
    radio.name = "judgement";
    radio.value = value;
    radio.checked = value === chosen;
    radio.addEventListener("change", () => act(value));
    const key = Object.keys(KEYS).find((each) => KEYS[each] === value);
    const label = make("label", "", null, radio, words(value), make("kbd", "", key));
    group.append(label);
  }
  return group;
}

function ruleField(view, value) {
  const node = input(value, "an id of the rule catalogue, such as EM-1");
  const list = make("datalist");
  list.id = `ak-rules-${view.encounter_id}`;
  for (const [id, title] of Object.entries(view.rules)) {
    const option = make("option", "", title);
    option.value = id;
    list.append(option);
  }
  node.setAttribute("list", list.id);
  return [node, list];
}

function judgeForm(view, row, state, send) {
  const form = make("form", "ak-form");
  const draft = state.draft;
  draft.judgement ??= row.judgement;
  const [rule, list] = ruleField(view, draft.rule ?? (row.rule || row.rule_id));
  const entered = {
    lines: input(draft.lines ?? row.lines, "99213-25; 17003-59 x13"),
    error: choice(view.categories, draft.error ?? (row.error || row.category)),
    turn: choice(["over", "under", "none"], draft.turn ?? row.turn),
    rule,
    remark: input(draft.remark ?? row.remark, "no patient values"),
  };
  for (const [name, node] of Object.entries(entered)) {
    node.name = name;
    node.addEventListener("input", () => (draft[name] = node.value));
  }
  const fields = {
    lines: field("Should have been billed", entered.lines),
    error: field("Category of the error", entered.error),
    turn: field("Direction of the wrong code", entered.turn),
    rule: field("Rule of the error", rule),
    remark: field("Reason or remark (stands in the report)", entered.remark),
  };
  const needed = () => asks(row, draft.judgement);
  const fit = () => {
    for (const [name, wanted] of Object.entries(needed())) fields[name].hidden = !wanted;
  };
  const choose = (value) => {
    draft.judgement = value;
    fit();
  };
  form.append(
    verdicts(possible(view, row), draft.judgement, choose),
    ...Object.values(fields),
    list,
    make("button", "", "Save judgement"),
  );
  fit();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const said = { do: "judge", slot: row.slot, judgement: draft.judgement || "" };
    for (const [name, wanted] of Object.entries(needed())) {
      if (wanted) said[name] = entered[name].value;
    }
    send(said);
  });
  return form;
}

function foundForm(send) {
  const form = make("form", "ak-form");
  const lines = input("", "11102-59 x2");
  const remark = input("", "no patient values");
  lines.name = "found";
  form.append(
    field("Supported line that is neither billed nor listed", lines),
    field("Reason or remark", remark),
    make("button", "", "Add line"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send({ do: "found", lines: lines.value, remark: remark.value });
  });
  return make("details", "", null, make("summary", "", "Add a line that was not billed"), form);
}

function compare(view, state, send, draw) {
  const table = make("table", "ak-lines");
  const head = make("tr");
  for (const name of ["Line", "Billed", "Supported", "Difference", "Engine", "Judgement"]) {
    const cell = make("th", "", name);
    cell.scope = "col";
    head.append(cell);
  }
  table.append(head);
  view.rows.forEach((row, number) => table.append(lineRow(row, number, state, draw)));
  const row = view.rows[state.line];
  const scroll = make("div", "ak-scroll", null, table);
  const node = make("div", "", null, make("h4", "", "Billed against supported"), scroll);
  if (row) node.append(reasons(row), judgeForm(view, row, state, send));
  node.append(foundForm(send));
  return node;
}

function render({ model, el }) {
  const state = { line: 0, chart: "", draft: {}, help: false };
  el.classList.add("auditkit-review");
  el.tabIndex = 0;
  el.setAttribute("role", "region");
  el.setAttribute("aria-label", "Chart review");
  // JupyterLab's own shortcuts would take single letters for commands on cells.
  el.setAttribute("data-lm-suppress-shortcuts", "true");
  const top = make("div");
  const body = make("div", "ak-body");
  // It stays in the page while the rest is drawn anew, so that a screen reader hears it change.
  const said = make("p", "ak-said");
  said.setAttribute("role", "status");
  el.replaceChildren(top, said, body);

  const send = (entry) => model.send({ ...entry, seen: model.get("view").seen });

  function draw() {
    const view = model.get("view");
    const within = el.contains(document.activeElement);
    if (state.chart !== view.encounter_id + view.stage) {
      state.chart = view.encounter_id + view.stage;
      state.draft = {};
      const open = view.rows.findIndex((row) => !row.judgement);
      state.line = Math.max(0, open);
    }
    state.line = Math.min(state.line, Math.max(0, view.rows.length - 1));
    said.className = view.saved ? "ak-said" : "ak-said ak-lacking";
    said.textContent = view.message;
    const work =
      view.stage === "blind" ? blindForm(view, send) : compare(view, state, send, draw);
    top.replaceChildren(...header(view, state, send, draw));
    const side = make("div", "ak-work", null, ...whatIsLeft(view, send), work);
    body.replaceChildren(record(view, send), side);
    if (within) el.focus({ preventScroll: true });
  }

  function step(by) {
    const last = Math.max(0, model.get("view").rows.length - 1);
    state.line = Math.min(Math.max(0, state.line + by), last);
    state.draft = {};
    draw();
  }

  function judged(judgement) {
    const view = model.get("view");
    const row = view.rows[state.line];
    if (!possible(view, row).includes(judgement)) return;
    state.draft.judgement = judgement;
    draw();
    const { lines, error } = asks(row, judgement);
    // Who overrules the engine says why.
    const why = judgement !== "agree" && judgement !== row.verdict;
    const first = lines ? "lines" : error ? "error" : why ? "remark" : "";
    if (first) el.querySelector(`[name=${first}]`).focus();
  }

  function pressed(key, view) {
    const next = nextOpen(view);
    if (key === "j" || key === "k") step(key === "j" ? 1 : -1);
    else if (key === "[" || key === "]") send({ do: "go", by: key === "]" ? 1 : -1 });
    else if (key === "." && next !== undefined) send({ do: "go", by: next - view.position });
    else if (key === "?") toggleKeys(state, draw);
    else if (key === "e") el.querySelector("[name=codes], [name=remark]").focus();
    else if (KEYS[key] && view.stage === "compare" && view.rows.length) judged(KEYS[key]);
    else if (key === "Enter") el.querySelector("form")?.requestSubmit();
    else return false;
    return true;
  }

  function chosen(event) {
    const from = event.target;
    const typing = from.matches("input:not([type=radio]), select, textarea");
    if (event.key === "Escape" && from !== el) {
      el.focus({ preventScroll: true });
    } else if (event.key === "Enter" && from.matches("input, select")) {
      // JupyterLab keeps the browser from sending a form by Enter.
      from.form?.requestSubmit();
    } else if (typing || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    } else if (event.key === "Enter" && from.matches("button, summary")) {
      from.click();
    } else if (!pressed(event.key, model.get("view"))) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  function changed() {
    const view = model.get("view");
    if (view.saved) state.draft = {};
    const saved = view.saved && view.message && view.stage === "compare";
    const next = saved ? view.rows.findIndex((row) => !row.judgement) : -1;
    if (next >= 0) state.line = next;
    draw();
  }

  el.addEventListener("keydown", chosen);
  model.on("change:view", changed);
  draw();
  return () => model.off("change:view", changed);
}

export default { render };
