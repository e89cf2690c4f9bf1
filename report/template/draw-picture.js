// A picture of a digit turned into ink on paper, as in lib/twolayer/page/picture.py, paper.py and picture_file.py,
// where it is explained; tests compare the two. A picture is { values, height, width }; a colour is three values.
const pictures = (() => {
  const SIDE = 512, AROUND = 0.17, WIDTH = 0.14, LEAST = 20, NOISE = 6;
  const SPECK = 0.1, STROKE = 0.09, SMALL = 4, BOX = 20, LOOK = 128, TILES = 24;
  const LARGEST = 4096; // pixels a side: canvases have limits

  const clipped = (value, low, high) => Math.min(Math.max(value, low), high);
  const range = (count, f) => Array.from({ length: count }, (_, at) => f(at));

  // A file's pixels, red, green, blue and opacity, turned as its camera says.
  async function read(file) {
    const bitmap = await createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
    const scale = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
    const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
    const context = element("canvas", { width, height }).getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, width, height);
    bitmap.close();
    return onPaper(context.getImageData(0, 0, width, height).data, height, width);
  }

  // What is transparent lies on white, or on black where the rest is bright.
  function onPaper(rgba, height, width) {
    const values = new Uint8Array(3 * height * width);
    let weighted = 0, opaque = 0;
    for (let at = 0; at < rgba.length; at += 4) {
      opaque += rgba[at + 3];
      weighted += (rgba[at] + rgba[at + 1] + rgba[at + 2]) * rgba[at + 3];
    }
    const paper = weighted < 128 * 3 * opaque ? 255 : 0;
    for (let at = 0, to = 0; at < rgba.length; at += 4) {
      const alpha = rgba[at + 3], below = paper * (255 - alpha) + 127;
      for (let k = 0; k < 3; k += 1, to += 1) values[to] = Math.floor((rgba[at + k] * alpha + below) / 255);
    }
    return { values, height, width };
  }

  // The means of squares of `factor` by `factor` pixels.
  function reduced(colours, factor) {
    if (factor === 1) return colours;
    const [height, width] = [colours.height, colours.width].map((side) => Math.ceil(side / factor));
    const sums = new Float64Array(3 * height * width), counts = new Float64Array(height * width);
    for (let y = 0, from = 0; y < colours.height; y += 1) {
      const row = Math.floor(y / factor) * width;
      for (let x = 0; x < colours.width; x += 1, from += 3) {
        const to = row + Math.floor(x / factor);
        counts[to] += 1;
        for (let k = 0; k < 3; k += 1) sums[3 * to + k] += colours.values[from + k];
      }
    }
    const mean = (sum, at) => Math.floor((2 * sum + counts[Math.floor(at / 3)]) / (2 * counts[Math.floor(at / 3)]));
    return { values: Uint8Array.from(sums, mean), height, width };
  }

  function cut({ values, width }, top, bottom, left, right) {
    const part = new Uint8Array(3 * (bottom - top) * (right - left)), length = 3 * (right - left);
    for (let y = top; y < bottom; y += 1) {
      const start = 3 * (y * width + left);
      part.set(values.subarray(start, start + length), (y - top) * length);
    }
    return { values: part, height: bottom - top, width: right - left };
  }

  // The medians of the pixels around each place: at `TILES` places along the longer side, in between straight lines.
  function medians({ values, height, width }, reach) {
    const step = Math.max(1, Math.floor(Math.max(height, width) / LOOK));
    const [high, wide] = [height, width].map((side) => Math.ceil(side / step)), longer = Math.max(high, wide);
    const around = Math.max(1, Math.floor(reach * longer));
    const [rows, columns] = [high, wide].map((side) => {
      const count = Math.max(2, Math.floor((side * TILES) / longer));
      return range(count, (at) => Math.floor((2 * at * (side - 1) + count - 1) / (2 * (count - 1))));
    });
    const found = new Float64Array(3 * rows.length * columns.length);
    rows.forEach((row, i) => columns.forEach((column, j) => {
      const top = Math.max(0, row - around), bottom = Math.min(high, row + around + 1);
      const left = Math.max(0, column - around), right = Math.min(wide, column + around + 1);
      const counts = range(3, () => new Uint32Array(256));
      for (let y = top; y < bottom; y += 1) {
        for (let x = left; x < right; x += 1) {
          const at = 3 * step * (y * width + x);
          for (let k = 0; k < 3; k += 1) counts[k][values[at + k]] += 1;
        }
      }
      counts.forEach((count, k) => {
        let rank = Math.floor(((bottom - top) * (right - left) - 1) / 2), value = 0;
        while (rank >= count[value]) rank -= count[value++];
        found[3 * (i * columns.length + j) + k] = value;
      });
    }));
    return spread(found, between(rows, step, height), between(columns, step, width), columns.length);
  }

  // For each of `size` places: the known place before it, and the weight of the next.
  function between(known, step, size) {
    let left = 0;
    return range(size, (x) => {
      while (left < known.length - 2 && known[left + 1] * step <= x) left += 1;
      const from = known[left] * step, length = Math.max(known[left + 1] * step - from, 1);
      return { left, weight: clipped((x - from) / length, 0, 1) };
    });
  }

  function spread(found, down, across, count) {
    const values = new Float64Array(3 * down.length * across.length);
    let to = 0;
    for (const row of down) {
      const line = range(3 * count, (at) => {
        const place = 3 * row.left * count + at;
        return found[place] * (1 - row.weight) + found[place + 3 * count] * row.weight;
      });
      for (const { left, weight } of across) {
        for (let k = 0; k < 3; k += 1, to += 1) {
          values[to] = line[3 * left + k] * (1 - weight) + line[3 * left + 3 + k] * weight;
        }
      }
    }
    return values;
  }

  const along = (colours, at, [a, b, c]) => colours[at] * a + colours[at + 1] * b + colours[at + 2] * c;

  // The direction in which ink differs from paper: the first eigenvector of second moments, by powers.
  function inkColour(differences) {
    let moments = new Float64Array(9);
    const weighted = new Float64Array(differences.length);
    for (let at = 0; at < differences.length; at += 3) {
      const square = differences[at] ** 2 + differences[at + 1] ** 2 + differences[at + 2] ** 2;
      if (square < LEAST ** 2) continue;
      for (let k = 0; k < 3; k += 1) weighted[at + k] = differences[at + k] * Math.sqrt(square);
      for (let k = 0; k < 9; k += 1) moments[k] += weighted[at + Math.floor(k / 3)] * weighted[at + (k % 3)];
    }
    if (!moments.some(Boolean)) moments.fill(1);
    for (let times = 0; times < 8; times += 1) {
      const m = moments, trace = (m[0] + m[4] + m[8]) ** 2;
      moments = m.map((_, at) => {
        const row = 3 * Math.floor(at / 3), column = at % 3;
        return (m[row] * m[column] + m[row + 1] * m[column + 3] + m[row + 2] * m[column + 6]) / trace;
      });
    }
    const largest = [0, 1, 2].reduce((best, k) => (moments[4 * k] > moments[4 * best] ? k : best));
    const column = [0, 1, 2].map((k) => moments[3 * k + largest]), length = Math.hypot(...column);
    const direction = column.map((value) => value / length);
    let cubes = 0;
    for (let at = 0; at < weighted.length; at += 3) cubes += along(weighted, at, direction) ** 3;
    return direction.map((value) => Math.floor((cubes < 0 ? -256 : 256) * value + 0.5) / 256);
  }

  // The extreme of each `count` values in a row, along an axis with that stride; so many less one are lost.
  function extreme({ values, height, width }, count, down, choose) {
    for (let done = 1; done < count;) {
      const step = Math.min(done, count - done), shift = down ? step * width : step;
      const [high, wide] = down ? [height - step, width] : [height, width - step];
      const made = new Float64Array(high * wide);
      for (let y = 0, to = 0; y < high; y += 1) {
        const end = y * width + wide;
        for (let at = end - wide; at < end; at += 1, to += 1) made[to] = choose(values[at], values[at + shift]);
      }
      [values, height, width] = [made, high, wide];
      done += step;
    }
    return { values, height, width };
  }

  // One colour without what is darker, or brighter, and thin: a morphological closing, or opening.
  function withoutStrokes(values, height, width, reach, dark) {
    const edge = 2 * reach, high = height + 2 * edge, wide = width + 2 * edge, padded = new Float64Array(high * wide);
    for (let y = 0, to = 0; y < high; y += 1) {
      const row = clipped(y - edge, 0, height - 1) * width;
      for (let x = 0; x < wide; x += 1, to += 1) padded[to] = values[row + clipped(x - edge, 0, width - 1)];
    }
    const larger = (a, b) => (a > b ? a : b), smaller = (a, b) => (a < b ? a : b);
    let made = { values: padded, height: high, width: wide };
    for (const choose of dark ? [larger, smaller] : [smaller, larger]) {
      for (const down of [true, false]) made = extreme(made, edge + 1, down, choose);
    }
    return made.values;
  }

  function apart(colours) {
    const { values, height, width } = colours, reach = Math.max(1, Math.floor(WIDTH * Math.max(height, width)));
    const direction = inkColour(medians(colours, AROUND).map((value, at) => values[at] - value));
    const size = height * width, paper = new Float64Array(3 * size), away = new Float64Array(3 * size);
    direction.forEach((towards, k) => {
      const smooth = smoothed(Float64Array.from({ length: size }, (_, at) => values[3 * at + k]), height, width);
      withoutStrokes(smooth, height, width, reach, towards < 0).forEach((value, at) => {
        paper[3 * at + k] = value;
        away[3 * at + k] = smooth[at] - value;
      });
    });
    const light = new Float64Array(size), difference = new Float64Array(size);
    for (let at = 0, from = 0; at < size; at += 1, from += 3) {
      light[at] = Math.max(1, (paper[from] + paper[from + 1] + paper[from + 2]) / 3);
    }
    const mean = light.reduce((sum, value) => sum + value) / size;
    for (let at = 0; at < size; at += 1) {
      difference[at] = along(away, 3 * at, direction) * clipped(mean / light[at], 0.5, 3);
    }
    const most = middle(difference);
    return { paper, difference: difference.map((value) => value - most) };
  }

  const middle = (values) => values.slice().sort()[Math.floor((values.length - 1) / 2)];

  // What `f` makes of the values before, at and after each place; down, and then across.
  function nearby(values, height, width, f) {
    for (const [stride, length] of [[width, height], [1, width]]) {
      values = values.map((value, at) => {
        const place = Math.floor(at / stride) % length;
        return f(place ? values[at - stride] : value, value, place < length - 1 ? values[at + stride] : value);
      });
    }
    return values;
  }

  function smoothed(values, height, width) {
    return Math.max(height, width) < SIDE / 2 ? values : nearby(values, height, width, (a, b, c) => (a + b + c) / 3);
  }

  // The digit alone, 255 is ink; null where there is none.
  function digit(difference, height, width) {
    const full = inkLevel(difference), noise = 1.4826 * middle(difference.map(Math.abs));
    if (full < Math.max(LEAST, NOISE * noise)) return null;
    const low = Math.max(full / 4, Math.min(3 * noise, full / 2)), high = (3 * full) / 4;
    const soft = (value) => Math.floor(255 * clipped((value - low) / (high - low), 0, 1) + 0.5);
    const ink = Uint8Array.from(difference, soft);
    const { pieces, mass } = connected(ink, height, width), least = SPECK * mass.reduce((a, b) => Math.max(a, b));
    return thickened(ink.map((value, at) => (pieces[at] && mass[pieces[at]] >= least ? value : 0)), height, width);
  }

  function inkLevel(difference) {
    const sorted = difference.slice().sort(), count = sorted.length;
    const largest = sorted[count - Math.max(1, Math.floor(count / 20000))];
    if (largest <= 0) return 0;
    const high = sorted.filter((value) => value > largest / 2);
    return high.reduce((a, b) => a + b) / high.length;
  }

  // Pieces of ink, numbered from 1, and how much ink each has; sides and corners join them.
  function connected(ink, height, width) {
    const pieces = new Uint32Array(ink.length), mass = [0], waiting = [];
    const take = (at) => { pieces[at] = mass.length - 1; waiting.push(at); };
    for (let start = 0; start < ink.length; start += 1) {
      if (!ink[start] || pieces[start]) continue;
      mass.push(0);
      take(start);
      while (waiting.length) {
        const at = waiting.pop(), y = Math.floor(at / width), x = at % width;
        mass[mass.length - 1] += ink[at];
        for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row += 1) {
          for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column += 1) {
            const near = row * width + column;
            if (ink[near] && !pieces[near]) take(near);
          }
        }
      }
    }
    return { pieces, mass };
  }

  function bounds(ink, height, width) {
    let top = height, bottom = -1, left = width, right = -1;
    ink.forEach((value, at) => {
      if (!value) return;
      const y = Math.floor(at / width), x = at % width;
      [top, bottom] = [Math.min(top, y), y];
      [left, right] = [Math.min(left, x), Math.max(right, x)];
    });
    return { top, bottom, left, right, longer: Math.max(bottom - top, right - left) + 1 };
  }

  function thickened(ink, height, width) {
    const { longer } = bounds(ink, height, width);
    for (let times = 0; times < Math.floor(longer / BOX); times += 1) {
      if (strokeWidth(ink, height, width) >= STROKE * longer) break;
      ink = nearby(ink, height, width, Math.max);
    }
    return ink;
  }

  function strokeWidth(ink, height, width) {
    let area = 0, edge = 0;
    const full = (y, x) => y >= 0 && x >= 0 && y < height && x < width && ink[y * width + x] >= 128;
    for (let y = 0; y <= height; y += 1) {
      for (let x = 0; x <= width; x += 1) {
        const here = full(y, x);
        area += here;
        edge += (here !== full(y - 1, x)) + (here !== full(y, x - 1));
      }
    }
    return (2 * area) / Math.max((edge * Math.PI) / 4, 1);
  }

  // All steps as far as the ink, which is null where there is none.
  function steps(colours) {
    const factor = Math.ceil(Math.max(colours.height, colours.width) / SIDE), few = reduced(colours, factor);
    const { height, width } = few, { paper, difference } = apart(few), ink = digit(difference, height, width);
    if (ink && factor > 1) {
      const { top, bottom, left, right, longer } = bounds(ink, height, width);
      if (SMALL * longer < Math.max(height, width)) {
        const [first, last] = [(side) => Math.max(0, side - longer) * factor, (side) => (side + 1 + longer) * factor];
        return steps(cut(colours, first(top), Math.min(last(bottom), colours.height),
          first(left), Math.min(last(right), colours.width)));
      }
    }
    return { ...few, paper, difference, ink };
  }

  // As a drawing: in the middle of a square.
  function square(values, height, width) {
    const side = Math.max(height, width), made = new Uint8Array(side * side);
    const start = Math.floor((side - height) / 2) * side + Math.floor((side - width) / 2);
    for (let y = 0; y < height; y += 1) made.set(values.subarray(y * width, (y + 1) * width), start + y * side);
    return { values: made, side };
  }

  return { read, steps, square };
})();
