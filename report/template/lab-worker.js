// The collapse laboratory in a thread of its own: it trains while the page stays at hand.

// What runs there. It is told `{ kind, round, order, ... }`, and tells `progress` and `limits` of the same round; a round
// begins with a network's first parameters. Progress has the order that it follows: what it says of an earlier one may
// be on the way when the next is given.
function labWorker({ Draws, Network }, { limits }) {
  const CHUNK = 40, SLOW = 200; // milliseconds: between two reports, and between two updates where it trains slowly
  const SAMPLE = 300, CURVATURE = 3; // training images on which the curvature is measured; the stream of its draws
  let images = null, network = null, lr = 0, round = 0, order = 0, update = 0, target = 0, slow = false, finite = true;
  let timer = null, news = null, measured = null, began = 0, first = 0;

  const fresh = () => ({ losses: [], looks: [], positive: null });

  function look() {
    const { accuracy, positive } = network.look();
    news.looks.push({ update, accuracy, dead: positive.filter((count) => !count).length });
    news.positive = positive;
  }

  function once() {
    const loss = network.update(images.batch, lr);
    finite = Number.isFinite(loss);
    if (!finite) return;
    update += 1;
    news.losses.push(loss);
    if (update % images.every === 0) look();
  }

  function tell(running) {
    if (!running && finite && (update % images.every || update === 0)) look();
    const speed = (1000 * (update - first)) / (performance.now() - began);
    postMessage({ kind: "progress", round, order, update, running, finite, speed, ...news });
    news = fresh();
  }

  function turn() {
    const until = performance.now() + CHUNK;
    do once(); while (finite && update < target && !slow && performance.now() < until);
    const running = finite && update < target;
    tell(running);
    if (running) timer = setTimeout(turn, slow ? SLOW : 0);
    else measure();
  }

  // A product at a time, so that it can be left; parameters do not change meanwhile.
  function measure() {
    const rows = Array.from({ length: Math.min(SAMPLE, images.train) }, (_, at) => at);
    const going = limits(network, rows, new Draws(0, CURVATURE));
    measured = going;
    const next = () => {
      if (measured !== going) return;
      const { done, value } = going.next();
      if (done) postMessage({ kind: "limits", round, update, limits: value });
      else setTimeout(next, 0);
    };
    if (finite) setTimeout(next, 0);
  }

  // What was planned is left: what is measured would be of other parameters, or has to wait.
  function halt() {
    clearTimeout(timer);
    measured = null;
  }

  const does = {
    images: (message) => { images = message; },
    reset: (message) => {
      halt();
      ({ round, order } = message);
      ({ lr } = message.setting);
      [network, update, target, finite, news] = [new Network(images, message.setting), 0, 0, true, fresh()];
      tell(false);
      measure();
    },
    rates: (message) => { // at once, in the middle of training
      ({ lr } = message);
      if (network.l2 === message.l2) return;
      network.l2 = message.l2;
      if (measured || update >= target) measure();
    },
    run: (message) => {
      halt();
      ({ order, target, slow } = message);
      [began, first] = [performance.now(), update];
      if (finite && update < target) timer = setTimeout(turn, 0);
    },
    stop: (message) => {
      halt();
      ({ order } = message);
      target = update;
      tell(false);
      measure();
    },
  };
  return ({ data }) => does[data.kind](data);
}

// Start such a thread from the texts of these functions: the page has no other file, and its policy lets none in.
async function startLab(data, told) {
  const text = `"use strict"; onmessage = (${labWorker})((${laboratory})(), (${labCurvature})());`;
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const worker = new Worker(address);
  URL.revokeObjectURL(address);
  worker.onmessage = (event) => told(event.data);
  const [pixels, labels] = await Promise.all([data.pixels, data.labels].map(async (packed) => {
    const unpacked = new Blob([decoded(packed)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(unpacked).arrayBuffer());
  }));
  const { size, classes, train, batch, every } = data;
  worker.postMessage({ kind: "images", pixels, labels, size, classes, train, batch, every });
  return worker;
}
