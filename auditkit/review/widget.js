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
const CATEGORIES = [
  "incorrect_coding",
  "insufficient_documentation",
  "medical_necessity",
  "no_documentation",
  "other",
];
const HELP =
  "Keys: j and k choose a line; a agree, s supported, o overcoded, u undercoded, w wrong code, " +
  "n not supported, r not separately reportable; Enter saves; Esc leaves a field; [ and ] go to " +
  "the chart before and after.";

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

function difference(billed, supported) {
  if (billed === supported) return "same";
  if (supported === "nothing") return "nothing is supported";
  if (billed === "not billed") return "was not billed";
  const one = parts(billed);
  const two = parts(supported);
  const said = ["code", "modifiers", "units"].filter((name) => one[name] !== two[name]);
  return said.join(", ") + (said.length === 1 ? " differs" : " differ");
}

function header(view) {
  const bar = make("div", "ak-bar");
  bar.append(
    make("strong", "", `Chart ${view.position + 1} of ${view.charts}`),
    make("code", "ak-id", view.encounter_id),
    make("span", "", `${view.coded} coded blind; ${view.judged} of ${view.lines} lines judged`),
  );
  const progress = make("progress");
  progress.max = Math.max(1, view.lines);
  progress.value = view.judged;
  progress.setAttribute("aria-label", "lines judged");
  bar.append(progress);
  return bar;
}

function proposals(view, send) {
  const table = make("table", "ak-elements ak-proposals");
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

function record(view, send) {
  const note = make("div", "ak-note");
  note.setAttribute("role", "region");
  note.setAttribute("aria-label", "note");
  if (!view.note.length) note.append(make("em", "", "No note text on file; read the record."));
  for (const piece of view.note) {
    const node = make(piece.element ? "mark" : "span", "", piece.text);
    if (piece.element) node.title = piece.element;
    note.append(node);
  }
  const table = make("table", "ak-elements");
  table.append(make("caption", "", "Documented elements"));
  for (const each of view.elements) {
    const row = make("tr");
    row.append(make("th", "", each.part), make("td", "", each.element), make("td", "", each.value));
    table.append(row);
  }
  const shown = view.elements.length ? [table] : [];
  if (view.proposals.length) shown.push(proposals(view, send));
  return make("div", "ak-record", null, note, ...shown);
}

function blindForm(view, send) {
  const form = make("form", "ak-form");
  const codes = input("", "99213-25; 17000; 17003 x5, or none");
  codes.name = "codes";
  const save = make("button", "", "Save blind codes");
  form.append(
    make("p", "", "Code this record from what it documents. Billed lines are shown afterwards."),
    field("Lines that the record supports", codes),
    save,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send({ do: "blind", codes: codes.value });
  });
  return form;
}

function lineRow(row, number, state, draw) {
  const node = make("tr", number === state.line ? "ak-chosen" : "");
  const judged = row.judgement ? row.judgement.replaceAll("_", " ") : "";
  node.append(
    make("td", "", row.slot.startsWith("+") ? "not billed" : row.slot),
    make("td", "ak-code", row.billed),
    make("td", "ak-code", row.supported),
    make("td", "ak-diff", difference(row.billed, row.supported)),
    make("td", "", (row.verdict || "").replaceAll("_", " ")),
    make("td", "", row.conflict ? "CONFLICT: two copies differ" : judged || "open"),
  );
  node.addEventListener("click", () => {
    state.line = number;
    draw();
  });
  return node;
}

function reasons(row) {
  const list = make("dl", "ak-why");
  for (const [name, text] of [
    ["Your blind codes", row.blind],
    ["Rule", row.rule_id],
    ["Why", row.why],
    ["What would have supported it", row.would_support],
    ["Citation", row.citation],
  ]) {
    if (text) list.append(make("dt", "", name), make("dd", "", text));
  }
  return list;
}

function judgeForm(view, row, state, send) {
  const form = make("form", "ak-form");
  const draft = state.draft;
  const judgement = choice(view.judgements, draft.judgement ?? row.judgement);
  const lines = input(draft.lines ?? row.lines, "99213-25; 17003-59 x13");
  const error = choice(CATEGORIES, draft.error ?? row.error);
  const turn = choice(["over", "under", "none"], draft.turn);
  const remark = input(draft.remark ?? row.remark, "no patient values");
  const named = { judgement, lines, error, turn, remark };
  for (const [name, node] of Object.entries(named)) {
    node.name = name;
    node.addEventListener("input", () => (draft[name] = node.value));
  }
  form.append(
    field("Judgement", judgement),
    field("Should have been billed", lines),
    field("Category of the error", error),
    field("Direction of a wrong code", turn),
    field("Reason or remark", remark),
    make("button", "", "Save judgement"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const said = { do: "judge", slot: row.slot };
    for (const [name, node] of Object.entries(named)) said[name] = node.value;
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
    head.append(make("th", "", name));
  }
  table.append(head);
  view.rows.forEach((row, number) => table.append(lineRow(row, number, state, draw)));
  const row = view.rows[state.line];
  const node = make("div", "", null, table);
  if (row) node.append(reasons(row), judgeForm(view, row, state, send));
  node.append(foundForm(send));
  return node;
}

function render({ model, el }) {
  const state = { line: 0, chart: "", draft: {} };
  el.classList.add("auditkit-review");
  el.tabIndex = 0;
  // JupyterLab's own shortcuts would take single letters for commands on cells.
  el.setAttribute("data-lm-suppress-shortcuts", "true");

  const send = (said) => model.send({ ...said, seen: model.get("view").seen });

  function draw() {
    const view = model.get("view");
    if (state.chart !== view.encounter_id + view.stage) {
      state.chart = view.encounter_id + view.stage;
      state.draft = {};
      const open = view.rows.findIndex((row) => !row.judgement);
      state.line = Math.max(0, open);
    }
    state.line = Math.min(state.line, Math.max(0, view.rows.length - 1));
    const said = make("p", view.saved ? "ak-said" : "ak-said ak-lacking", view.message);
    said.setAttribute("role", "status");
    const work =
      view.stage === "blind" ? blindForm(view, send) : compare(view, state, send, draw);
    const body = make("div", "ak-body", null, record(view, send), make("div", "ak-work", null, work));
    el.replaceChildren(header(view), said, body, make("p", "ak-help", HELP));
  }

  function chosen(event) {
    const view = model.get("view");
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "Escape" && typing) {
      el.focus();
    } else if (event.key === "Enter" && typing) {
      // JupyterLab keeps the browser from sending a form by Enter.
      event.target.form?.requestSubmit();
    } else if (typing || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    } else if (event.key === "j" || event.key === "k") {
      const step = event.key === "j" ? 1 : -1;
      state.line = Math.min(Math.max(0, state.line + step), Math.max(0, view.rows.length - 1));
      state.draft = {};
      draw();
    } else if (event.key === "[" || event.key === "]") {
      send({ do: "go", by: event.key === "]" ? 1 : -1 });
    } else if (KEYS[event.key] && view.stage === "compare") {
      state.draft.judgement = KEYS[event.key];
      draw();
      if (event.key !== "a" && event.key !== "s") el.querySelector("[name=lines]").focus();
    } else if (event.key === "Enter" && event.target === el) {
      el.querySelector("form")?.requestSubmit();
    } else {
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
    const typing = el.contains(document.activeElement);
    draw();
    if (typing) el.focus();
  }

  el.addEventListener("keydown", chosen);
  model.on("change:view", changed);
  draw();
  return () => model.off("change:view", changed);
}

export default { render };
