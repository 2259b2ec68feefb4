// Where Tear cuts: steps of depth, and no steady slopes. Whoever requires this has
// `fn tear_z(p: vec2i) -> f32`, surface Z at a pixel, and where there is none that beside it.

const TEAR_ALIKE = 2.5;  // changes on a slope are at most this many times each other
const TEAR_FAINT = 0.1;  // a smaller share of the change beside it is no part of a ramp
const TEAR_REACH = 8;    // pixels: what goes on for longer is a slope

// A plane in space is linear in it over the picture.
fn tear_nearness(p: vec2i) -> f32 {
    return 1.0 / max(tear_z(p), 1e-30);
}

fn tear_steady(change: f32, beyond: f32) -> bool {
    return change * beyond > 0.0 && abs(beyond) * TEAR_ALIKE >= abs(change)
        && abs(beyond) <= TEAR_ALIKE * abs(change);
}

// Whether nearness goes on as it changes, four to eight pixels from p in a direction. In two
// halves: a step beside this one is in one of them alone.
fn tear_goes_on(p: vec2i, direction: vec2i, change: f32) -> bool {
    let a = tear_nearness(p + 4 * direction);
    let b = tear_nearness(p + 6 * direction);
    let c = tear_nearness(p + 8 * direction);
    return tear_steady(change, 0.5 * (b - a)) && tear_steady(change, 0.5 * (c - b));
}

fn tear_apart(a: f32, b: f32, threshold: f32) -> bool {
    return max(a, b) > min(a, b) * (1.0 + threshold);
}

// Whether the side between the pixels p and p + axis is cut. threshold: a share of the nearer depth.
fn tear_between(p: vec2i, axis: vec2i, threshold: f32) -> bool {
    let here = tear_nearness(p);
    let next = tear_nearness(p + axis);
    if !tear_apart(here, next, threshold) {
        return false;
    }
    return !(tear_goes_on(p + axis, axis, next - here) || tear_goes_on(p, -axis, here - next));
}

// A step that is spread over some pixels, as networks and scaled pictures have it: how far the ramp
// goes on from p in a direction, where nearness changes by `change` a pixel.
fn tear_run(p: vec2i, direction: vec2i, change: f32) -> i32 {
    var last = tear_nearness(p);
    for (var k = 1; k <= TEAR_REACH; k++) {
        let next = tear_nearness(p + k * direction);
        if (next - last) * sign(change) <= TEAR_FAINT * abs(change) {
            return k - 1;
        }
        last = next;
    }
    return TEAR_REACH;
}

struct TearRamp {
    there: bool,
    before: i32,  // pixels to its ends
    after: i32,
};

// The ramp that pixel p lies on along an axis, ends apart.
fn tear_ramp(p: vec2i, axis: vec2i, threshold: f32) -> TearRamp {
    let here = tear_nearness(p);
    let before = here - tear_nearness(p - axis);
    let after = tear_nearness(p + axis) - here;
    let larger = max(abs(before), abs(after));
    if before * after <= 0.0 || min(abs(before), abs(after)) <= TEAR_FAINT * larger {
        return TearRamp(false, 0, 0);
    }
    let to_after = tear_run(p, axis, larger * sign(after));
    let to_before = tear_run(p, -axis, -larger * sign(after));
    let short = to_before < TEAR_REACH && to_after < TEAR_REACH;
    let apart = tear_apart(tear_nearness(p - to_before * axis), tear_nearness(p + to_after * axis), threshold);
    return TearRamp(short && apart, to_before, to_after);
}
