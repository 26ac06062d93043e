/** acknowledge(alarm): asks who has seen it, and what they do, and tells the server. The name is kept in this browser for the next time. */
import { alarms } from "../core/alarms.js";
import { post } from "../core/api.js";
import { openDialog } from "../core/dialogs.js";
import { announce, bdi, h, setText } from "../core/dom.js";
import { cut } from "../core/format.js";
import { settings } from "../core/settings.js";

const BY = "alarms.by";

export async function acknowledge(alarm) {
  await openDialog(`Acknowledge ${cut(alarm.name, 80)}`, (close) => {
    const kept = settings.get(BY);
    const by = h("input", { class: "text", name: "by", required: true, maxlength: 256, autocomplete: "name", spellcheck: "false", autofocus: true, value: typeof kept === "string" ? kept : "" });
    const why = h("input", { class: "text", name: "why", maxlength: 1024, autocomplete: "off", placeholder: "closing the roof" });
    const problem = h("p", { class: "problem", role: "alert", dir: "auto" });
    const submit = h("button", { class: "button primary", type: "submit" }, "Acknowledge");

    async function send(event) {
      event.preventDefault();
      const who = by.value.trim();
      if (who === "") return by.focus();
      setText(problem, "");
      submit.disabled = true;
      try {
        const now = await post(`/alarms/${encodeURIComponent(alarm.name)}/acknowledge`, { by: who, why: why.value.trim() });
        settings.set(BY, who);
        close(now);
        announce(`Alarm ${cut(alarm.name, 80)} is ${now.state}`);
      } catch (error) {
        setText(problem, error.message);
        submit.focus();
      } finally {
        submit.disabled = false;
        alarms.refresh();
      }
    }

    return h("form", { method: "dialog", onsubmit: send },
      h("p", { class: "hint" }, alarm.state === "latched" ? "It is over, and goes when somebody has seen it. " : "It stays on until it is over; everybody sees that somebody knows. ",
        "Who and why are recorded with it."),
      alarm.summary && h("p", {}, bdi(cut(alarm.summary, 300))),
      h("label", {}, "Who", by),
      h("label", {}, "Why, or what is done about it", why),
      problem,
      h("div", { class: "actions" }, h("button", { class: "button", type: "button", onclick: () => close() }, "Cancel"), submit));
  });
}
