// Completions while typing: the combobox of the ARIA patterns over a search box. Without this file one types all of it.
const form = document.querySelector("form[data-complete]");
const input = form?.querySelector("input[name=q]");
if (input) {
  const words = form.dataset;
  const list = document.createElement("div");
  list.id = "completions";
  list.className = "completions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", words.label);
  list.hidden = true;
  form.append(list);
  input.type = "text"; // a search field may not be a combobox
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, inputmode: "search",
  })) input.setAttribute(name, value);

  let options = [], active = -1, asking, waiting;
  const close = () => { list.hidden = true; options = []; mark(-1); input.setAttribute("aria-expanded", "false"); };
  const stop = () => { clearTimeout(waiting); asking?.abort(); close(); };
  function mark(n) {
    options[active]?.element.setAttribute("aria-selected", "false");
    active = n;
    const option = options[n]?.element;
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  }
  function part(role, text, className) {
    const element = document.createElement("div");
    if (role) element.setAttribute("role", role);
    if (className) element.className = className;
    element.textContent = text;
    return element;
  }
  function choose({ item }) {
    stop();
    if (item.kind === "org") return location.assign("/orgs/" + item.org);
    if (item.kind === "title") { input.value = item.text; return form.requestSubmit(); }
    const query = new URLSearchParams(new FormData(form)); // the other filters stay
    query.delete("q");
    query.set("region", item.region);
    location.assign(form.action + "?" + query);
  }
  function show(items) {
    close();
    list.replaceChildren();
    let group;
    for (const item of items) {
      if (group?.dataset.kind !== item.kind) {
        group = part("group", "");
        group.dataset.kind = item.kind;
        group.setAttribute("aria-label", words[item.kind]);
        const heading = part("presentation", words[item.kind], "completions-heading");
        group.append(heading);
        list.append(group);
      }
      const element = part("option", "", "completion");
      element.id = "completion-" + options.length;
      element.setAttribute("aria-selected", "false");
      element.append(part("", item.text), part("", words.posts.replace("{n}", item.posts), "quiet"));
      const option = { element, item };
      element.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
      element.addEventListener("click", () => choose(option));
      options.push(option);
      group.append(element);
    }
    list.hidden = options.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
  }
  async function ask() {
    asking?.abort();
    const text = input.value.trim();
    if (!text) return close();
    const mine = asking = new AbortController();
    try {
      const answer = await fetch(words.complete + "?" + new URLSearchParams({ q: text }), { signal: mine.signal });
      const { items } = answer.ok ? await answer.json() : { items: [] };
      if (!mine.signal.aborted && document.activeElement === input) show(items);
    } catch { /* the network: one types on */ }
  }
  input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 120); });
  input.addEventListener("blur", stop);
  form.addEventListener("submit", stop);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // the keys belong to the input method
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && list.hidden) { event.preventDefault(); ask(); }
    else if (step) { event.preventDefault(); mark((active + step + (options.length + 1) + 1) % (options.length + 1) - 1); }
    else if (event.key === "Escape" && !list.hidden) { event.preventDefault(); stop(); }
    else if (event.key === "Enter" && active >= 0) { event.preventDefault(); choose(options[active]); }
  });
}
