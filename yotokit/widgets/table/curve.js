// The small curve of a row, drawn from a compact string.

const COLUMNS = 60;
const TOP = 63; // level of 0 LUFS; 0 is -50
const LEVELS_PER_DB = TOP / 50;
const SVG = "http://www.w3.org/2000/svg";

/** Draw a compact curve: what was measured thin, what it becomes filled, the target dashed. */
function draw(cell, compact) {
  const [columns, gain, target] = compact.split("|");
  if (columns.trim().length < 2) {
    cell.replaceChildren();
    return;
  }
  const svg = shape("svg", { viewBox: `0 0 ${COLUMNS} ${TOP}`, preserveAspectRatio: "none" });
  svg.setAttribute("aria-hidden", "true");
  const gainDb = Number(gain) || 0;
  const before = levels(columns);
  // Silence stays silent, whatever the gain.
  const after = before.map((pair) => pair.map((one) => one && level(one + gainDb * LEVELS_PER_DB)));
  const low = after.map(([one]) => one);
  const high = after.map(([, one]) => one);
  const [left, right] = [x(0, columns), x(after.length - 1, columns)];
  const add = (kind, d) => svg.append(shape("path", { class: kind, d }));
  add("yt-area", `M${line(high, columns)}L${right} ${TOP}H${left}Z`);
  add("yt-after", `M${line(high, columns)}L${line(low, columns, true)}Z`);
  if (gainDb) add("yt-before", `M${line(before.map(([, one]) => one), columns)}`);
  if (target && Number.isFinite(Number(target))) {
    add("yt-target", `M0 ${TOP - level(TOP + Number(target) * LEVELS_PER_DB)}H${COLUMNS}`);
  }
  cell.replaceChildren(svg);
}

/** Return the low and the high level of each column that is there already. */
function levels(columns) {
  const pairs = [];
  for (let place = 0; place + 1 < columns.length && columns[place] !== " "; place += 2) {
    pairs.push([0, 1].map((one) => level(columns.charCodeAt(place + one) - 35)));
  }
  return pairs;
}

function line(values, columns, isBackward = false) {
  const points = values.map((one, place) => `${x(place, columns)} ${round(TOP - one)}`);
  return (isBackward ? points.reverse() : points).join("L");
}

/** Return where a column stands: the first at the left edge, the last at the right one. */
function x(place, columns) {
  return round((place * COLUMNS) / Math.max((columns.length >> 1) - 1, 1));
}

function level(value) {
  return Math.min(Math.max(value, 0), TOP);
}

function round(value) {
  return Math.round(value * 10) / 10;
}

function shape(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
