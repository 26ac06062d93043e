/**
 * Starting and stopping runs, for those whose token may.
 *
 * runControl() → {element, unmount()}: the button that fits; the verdict has the run and its clock
 */
import { APIError, post } from "../core/api.js";
import { now } from "../core/clock.js";
import { confirmDialog, openDialog } from "../core/dialogs.js";
import { announce, h, replace, setText } from "../core/dom.js";
import { age, cut } from "../core/format.js";
import { recorder } from "../core/recorder.js";
import { server } from "../core/server.js";

export function runControl() {
  const element = h("div", { class: "run-control" });
  let shown = null;

  function draw() {
    const { run } = recorder;
    const key = JSON.stringify([run?.run_id ?? null, run === undefined, server.may("admin")]);
    if (key !== shown) {
      shown = key;
      replace(element,
        server.may("admin") && run !== undefined && (run
          ? h("button", { class: "button", type: "button", onclick: () => stopRun(run) }, "Stop run…")
          : h("button", { class: "button", type: "button", onclick: startRun }, "Start run…")));
    }
  }

  const ends = [recorder.on(draw), server.on(draw)];
  draw();
  return { element, unmount() { for (const end of ends) end(); } };
}

/**
 * Meta as people type it: JSON, or lines of key=value, where a number, true, false and null are such.
 * @throws {SyntaxError} with a sentence for people
 */
export function parseMeta(text) {
  const trimmed = text.trim();
  if (trimmed.startsWith("{")) {
    try { return JSON.parse(trimmed); } catch (error) { throw new SyntaxError(`This is no JSON object: ${error.message}`); }
  }
  const pairs = [];
  for (const [index, line] of trimmed.split("\n").entries()) {
    if (line.trim() === "") continue;
    const equals = line.indexOf("=");
    if (equals < 1) throw new SyntaxError(`Line ${index + 1} should be key=value`);
    const value = line.slice(equals + 1).trim();
    pairs.push([line.slice(0, equals).trim(), /^(-?(0|[1-9]\d{0,14})(\.\d+)?|true|false|null)$/.test(value) ? JSON.parse(value) : value]);
  }
  return Object.fromEntries(pairs);
}

async function startRun() {
  await openDialog("Start a run", (close) => {
    const problems = { run_id: problem("run-id-problem"), meta: problem("meta-problem"), other: problem("run-problem") };
    const id = h("input", { class: "text", name: "run_id", autocomplete: "off", spellcheck: "false", autofocus: true, "aria-describedby": "run-id-hint run-id-problem" });
    const meta = h("textarea", { name: "meta", rows: 4, spellcheck: "false", placeholder: "target=M31\nexposure_s=30", "aria-describedby": "meta-hint meta-problem" });
    const submit = h("button", { class: "button primary", type: "submit" }, "Start run");

    async function send(event) {
      event.preventDefault();
      for (const one of Object.values(problems)) setText(one, "");
      let body;
      try { body = { meta: parseMeta(meta.value), ...(id.value.trim() && { run_id: id.value.trim() }) }; } catch (error) {
        setText(problems.meta, error.message);
        return meta.focus();
      }
      submit.disabled = true;
      try {
        const run = await post("/run/start", body);
        close(run);
        announce(`Run ${run.run_id} started`);
      } catch (error) {
        showProblem(error, problems);
        (problems.run_id.textContent ? id : problems.meta.textContent ? meta : submit).focus();
      } finally {
        submit.disabled = false;
        recorder.refresh();
      }
    }

    return h("form", { method: "dialog", onsubmit: send },
      h("div", { class: "field" }, h("label", {}, "Run id", id), h("span", { class: "hint", id: "run-id-hint" }, "Empty: the next number."), problems.run_id),
      h("div", { class: "field" }, h("label", {}, "Meta", meta), h("span", { class: "hint", id: "meta-hint" }, "Lines of key=value, or a JSON object. Kept with the run."), problems.meta),
      problems.other,
      h("div", { class: "actions" }, h("button", { class: "button", type: "button", onclick: () => close() }, "Cancel"), submit));
  });
}

function problem(id) { return h("span", { class: "problem", id, role: "alert", dir: "auto" }); }

/** Each fault of the server stands at the field that it is about. */
function showProblem(error, problems) {
  if (!(error instanceof APIError) || !Array.isArray(error.detail)) return setText(problems.other, error.message);
  for (const fault of error.detail) {
    const field = problems[fault.loc?.[1]] ?? problems.other;
    setText(field, `${field.textContent} ${fault.msg}`.trim());
  }
}

async function stopRun(run) {
  const sure = await confirmDialog({
    title: `Stop run ${cut(run.run_id, 60)}?`,
    text: `It has been active for ${age(now() - Date.parse(run.started_at))}. Events will go to the site's stream until another run starts.`,
    action: "Stop run",
  });
  if (!sure) return;
  try {
    await post("/run/stop");
    announce(`Run ${run.run_id} stopped`);
  } catch (error) {
    await openDialog("The run was not stopped", (close) => [
      h("p", { dir: "auto" }, error.message),
      h("div", { class: "actions" }, h("button", { class: "button", type: "button", autofocus: true, onclick: () => close() }, "Close")),
    ]);
  } finally {
    recorder.refresh();
  }
}
