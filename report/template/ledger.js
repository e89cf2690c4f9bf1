// The ledger of claims with other margins. The page judges as lib/twolayer/analysis/ledger.py does: of each claim it has
// how strongly it holds or fails at each margin, in the runs' ledger and in all its bootstrap ledgers
// (lib/twolayer/analysis/margins.py); tests compare every verdict shown with what the library says.
{
  const WORDS = { 1: "holds", "-1": "fails", 0: "undecided" }, SIGNS = { holds: "+", fails: "\u2212", undecided: "?" };
  const DRAWN = { width: 320, row: 16, top: 8, head: 7 }; // pixels
  const BESIDE = 3.3; // margins drawn beyond the ends of a region
  let count = 0; // widgets of the page, for their ids

  // Signed bytes as zlib has packed them.
  async function unpacked(text) {
    const stream = new Blob([decoded(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Int8Array(await new Response(stream).arrayBuffer());
  }

  // Holm's procedure: the strongest first, each with the number of claims that are left, until one does not pass.
  function holm(strengths) {
    const order = strengths.map((_, at) => at).sort((one, two) => Math.abs(strengths[two]) - Math.abs(strengths[one]));
    const signs = strengths.map(() => 0);
    for (const [before, at] of order.entries()) {
      if (Math.abs(strengths[at]) < order.length - before) break;
      signs[at] = Math.sign(strengths[at]);
    }
    return signs;
  }

  // The verdicts of a column, by claim, where `places[no]` is the place of a claim's margin among the factors.
  function judge(column, places, data) {
    const { claims, ledgers, values } = column, agree = claims.map(() => 0);
    let own;
    for (let ledger = 0; ledger < ledgers; ledger += 1) { // the first is that of the runs, the others are drawn
      const signs = holm(claims.map((no, at) => values[(at * ledgers + ledger) * data.factors.length + places[no]]));
      if (ledger === 0) own = signs;
      else signs.forEach((sign, at) => { if (sign === own[at]) agree[at] += 1; });
    }
    return claims.map((_, at) => WORDS[agree[at] / (ledgers - 1) >= data.shared ? own[at] : 0]);
  }

  // A number of a claim in digits; `shown` is ".4f" or such, or "factor" for the logarithm of one.
  function digits(claim, value) {
    const text = claim.shown === "factor" ? Math.exp(value).toFixed(2) : value.toFixed(Number(claim.shown[1]));
    return Number(text) ? text.replace("-", "\u2212") : text.replace("-", "");
  }
  const margin = (claim, factor) => (claim.shown === "factor" ? "\u00d7 " : "") + digits(claim, factor * claim.margin);
  function region(claim, factor) {
    const low = claim.low === null ? null : digits(claim, claim.low - factor * claim.margin);
    const high = claim.high === null ? null : digits(claim, claim.high + factor * claim.margin);
    if (low === null) return `at most ${high}`;
    return high === null ? `at least ${low}` : `from ${low} to ${high}`;
  }
  const times = (factor) => ({ 0: "none", 1: "as declared" }[factor] ?? `${factor} times the declared`);

  // What is estimated; where it is "as for" another claim, with that claim's words.
  function estimand(claim, claims) {
    const other = claims.find(({ no }) => claim.estimand.toLowerCase() === `as for ${no}`.toLowerCase());
    return other ? `as for ${other.no}: ${other.estimand}` : claim.estimand;
  }

  // The ends of a region below the picture, each at the outer side of its line where there is room; `x` is in shares.
  function axis(claim, wider, x) {
    const ends = [[claim.low, -1], [claim.high, 1]].filter(([end]) => end !== null).map(([end, side]) => {
      const share = x(end + side * wider), left = side < 0 ? share > 0.16 : share > 0.84;
      const label = element("span", { class: left ? "ledger-left" : "ledger-right" }, digits(claim, end + side * wider));
      label.style.left = `${100 * share}%`;
      return label;
    });
    return element("div", { class: "ledger-axis", "aria-hidden": "true" }, ...ends);
  }

  // Region, region with the margin, and in a row a column the estimate with its interval; an arrow where one of them goes
  // on beyond the picture.
  function picture(claim, columns, factor) {
    const ends = [claim.low, claim.high].filter((end) => end !== null), room = BESIDE * claim.margin;
    const far = 3 * room, near = (value) => Math.max(Math.min(...ends) - far, Math.min(Math.max(...ends) + far, value));
    const seen = columns.map((column) => near(column.found[claim.no][0]));
    const left = Math.min(...ends.map((end) => end - room), ...seen.map((value) => value - claim.margin / 2));
    const right = Math.max(...ends.map((end) => end + room), ...seen.map((value) => value + claim.margin / 2));
    const x = (value, open) => (value === null ? open
      : Math.max(0, Math.min(DRAWN.width, DRAWN.width * (value - left) / (right - left))));
    const height = 2 * DRAWN.top + DRAWN.row * columns.length, svg = { viewBox: `0 0 ${DRAWN.width} ${height}` };
    const band = (name, wider) => {
      const from = x(claim.low === null ? null : claim.low - wider, 0);
      const to = x(claim.high === null ? null : claim.high + wider, DRAWN.width);
      return drawn("rect", { class: name, x: from, width: to - from, y: 0, height });
    };
    const head = (name, y, side, half) => {
      const tip = side < 0 ? 0 : DRAWN.width, back = tip - side * DRAWN.head;
      return drawn("polygon", { class: name, points: `${tip},${y} ${back},${y - half} ${back},${y + half}` });
    };
    const marks = columns.flatMap((column, at) => {
      const [value, low, high] = column.found[claim.no], y = DRAWN.top + DRAWN.row * (at + 0.5);
      const beyond = value < left ? -1 : value > right ? 1 : 0; // where the estimate itself is
      const cut = [[low === null || low < left, -1], [high === null || high > right, 1]];
      return [drawn("line", { class: "ledger-interval", x1: x(low, 0), x2: x(high, DRAWN.width), y1: y, y2: y }),
        ...cut.filter(([is, side]) => is && side !== beyond).map(([, side]) => head("ledger-cut", y, side, 3.5)),
        beyond ? head("ledger-estimate", y, beyond, 5.5) : drawn("circle", { class: "ledger-estimate", cx: x(value), cy: y, r: 4 })];
    });
    const share = (value) => x(value) / DRAWN.width, wider = factor * claim.margin;
    return [drawn("svg", { ...svg, "aria-hidden": "true" }, band("ledger-wide", wider), band("ledger-true", 0), ...marks),
      axis(claim, 0, share), ...(region(claim, 0) === region(claim, factor) ? [] : [axis(claim, wider, share)])];
  }

  // What one claim says, where it is true, and what is found, for the slider that was moved last.
  function details(claim, claims, columns, factor, verdicts) {
    const found = columns.map((column) => {
      const [value, low, high] = column.found[claim.no], said = verdicts.get(column)[claim.no];
      const ends = [low, high].map((end) => (end === null ? "no bound" : digits(claim, end))).join(" to ");
      const interval = low === high ? "" : ` (95% interval ${ends})`;
      return element("li", {}, `By ${column.label}: ${digits(claim, value)}${interval}, `, element("b", {}, said));
    });
    return [element("p", {}, element("b", {}, claim.no), ` ${claim.says}`),
      element("p", { class: "ledger-small" }, `Estimate: ${estimand(claim, claims)}.`), ...picture(claim, columns, factor),
      element("p", { class: "ledger-small" },
        `True if it is ${region(claim, 0)} (narrow band); with this margin, ${region(claim, factor)} (wide band). `
          + "Dots with lines, from above, an arrow where one goes on beyond the picture:"),
      element("ul", { class: "ledger-small" }, ...found)];
  }

  widgets.ledger = async (stage, data) => {
    stage.classList.add("ledger");
    if (!data.claims.length || !("DecompressionStream" in globalThis)) {
      const why = data.claims.length ? "This needs a browser of 2023 or later." : "There are not enough runs to judge a claim.";
      stage.append(element("p", {}, why));
      return;
    }
    const id = `ledger-${(count += 1)}`, last = data.factors.length - 1;
    const columns = await Promise.all(data.columns.map(async (column) => ({ ...column, values: await unpacked(column.strengths) })));
    const having = (claim) => columns.filter((column) => column.claims.includes(claim.no));
    const places = Object.fromEntries(data.claims.map(({ no }) => [no, data.declared]));
    let current = data.claims[0];

    const slider = (name, at, moved) => {
      const input = element("input", { type: "range", min: 0, max: last, step: 1, value: at, id: `${id}-${name}` });
      input.addEventListener("input", () => moved(Number(input.value)));
      return input;
    };
    const rows = data.claims.map((claim) => {
      const input = slider(claim.no, data.declared, (at) => { places[claim.no] = at; current = claim; show(); });
      input.addEventListener("focus", () => { current = claim; show(); });
      const size = element("span", { class: "ledger-size" });
      const cells = columns.map((column) => element("td", having(claim).includes(column) ? {} : { class: "ledger-none" }));
      const name = element("label", { for: input.id }, claim.no);
      const row = element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, input), element("td", {}, size), ...cells);
      return { claim, input, size, cells, row };
    });
    const all = slider("all", data.declared, (at) => { for (const no in places) places[no] = at; show(); });
    const allSize = element("span", { class: "ledger-size" });
    const heads = ["claim", "margin", "", ...columns.map((column) => `by ${column.label}`)];
    const everything = element("tr", {}, element("th", { scope: "row" }, element("label", { for: all.id }, "all")),
      element("td", {}, all), element("td", {}, allSize), ...columns.map(() => element("td", { class: "ledger-none" })));
    const table = element("table", {}, element("thead", {}, element("tr", {}, ...heads.map((text) => (
      element(text ? "th" : "td", text ? { scope: "col" } : {}, text))))),
    element("tbody", {}, everything, ...rows.map(({ row }) => row)));
    const said = element("p", { class: "ledger-sentence", "aria-live": "polite", "aria-atomic": "true" });
    const panel = element("div", { class: "ledger-panel" });
    const reset = element("button", { type: "button", onclick: () => restore({}) }, "Reset");

    // Only what is not as declared: C1a=0.5&R3=2.
    const state = () => Object.fromEntries(Object.entries(places).filter(([, at]) => at !== data.declared)
      .map(([no, at]) => [no, data.factors[at]]));
    function restore(values) {
      for (const no in places) {
        const at = Object.hasOwn(values, no) ? data.factors.indexOf(Number(values[no])) : -1;
        places[no] = at < 0 ? data.declared : at;
      }
      current = data.claims.find(({ no }) => places[no] !== data.declared) ?? current;
      show();
    }

    // The verdicts of all columns: by column and number of the claim.
    const judged = () => new Map(columns.map((column) => {
      const words = judge(column, places, data);
      return [column, Object.fromEntries(column.claims.map((no, at) => [no, words[at]]))];
    }));
    function cell(box, column, no, word) {
      const declared = column.judged[column.claims.indexOf(no)], changed = word !== declared;
      box.dataset.verdict = word;
      box.replaceChildren(element("span", { "aria-hidden": "true" }, SIGNS[word]), ` ${word}`,
        ...(changed ? [element("small", {}, `declared: ${declared}`)] : []));
      return changed ? [`${no} ${word} in place of ${declared}, by ${column.label}`] : [];
    }
    function sentence(changes) {
      if (Object.values(places).every((at) => at === data.declared)) return "All margins are as declared.";
      if (!changes.length) return "With these margins every verdict is that of the declared ones.";
      const differ = changes.length === 1 ? "verdict differs from that" : "verdicts differ from those";
      return `${changes.length} ${differ} of the declared margins: ${changes.join("; ")}.`;
    }
    function show() {
      const verdicts = judged(), changes = [];
      for (const { claim, input, size, cells, row } of rows) {
        const at = places[claim.no], factor = data.factors[at];
        input.value = at;
        size.textContent = margin(claim, factor);
        input.setAttribute("aria-valuetext", `${margin(claim, factor)}, ${times(factor)}`);
        row.classList.toggle("ledger-current", claim === current);
        columns.forEach((column, k) => {
          if (claim.no in verdicts.get(column)) changes.push(...cell(cells[k], column, claim.no, verdicts.get(column)[claim.no]));
        });
      }
      const alike = new Set(Object.values(places)), common = alike.size === 1 ? data.factors[[...alike][0]] : null;
      if (common !== null) all.value = data.factors.indexOf(common);
      allSize.textContent = common === null ? "mixed" : times(common).replace(" the declared", "");
      all.setAttribute("aria-valuetext", common === null ? "mixed" : times(common));
      said.textContent = sentence(changes);
      panel.replaceChildren(...details(current, data.claims, having(current), data.factors[places[current.no]], verdicts));
    }

    stage.append(element("div", { class: "ledger-top" }, said, element("div", { class: "ledger-buttons" }, reset, link(stage, "ledger", state, restore))),
      panel, element("p", { class: "ledger-small" }, "A slider that is moved, or has the focus, shows its claim in the panel above."),
      element("div", { class: "ledger-table" }, table));
    show();
  };
}
