// What is a slope of depth and what a step. Across a step, which is an outline, nothing is
// interpolated: a ribbon at half depth would appear, into which other objects cut.

// A share of the nearer depth: neighbours that differ by less are never a step.
const STEP = 0.02;
// On a slope a change goes the same way as those beside it, and is at most this many times either.
const ALIKE = 3.0;

// Whether depth steps between b and c, of four neighbours a, b, c, d in a row.
fn is_step(a: f32, b: f32, c: f32, d: f32) -> bool {
    let change = c - b;
    let before = b - a;
    let after = d - c;
    let slope = change * before > 0.0 && change * after > 0.0
        && abs(change) <= ALIKE * min(abs(before), abs(after));
    return abs(change) > STEP * min(abs(b), abs(c)) && !slope;
}

fn is_flat(z: vec4f) -> bool {
    let low = min(min(z.x, z.y), min(z.z, z.w));
    let high = max(max(z.x, z.y), max(z.z, z.w));
    return high - low <= STEP * abs(low);
}

// Depth between four neighbours: (left, right) above and below, f from the first of them. At either
// end it is that neighbour's own, which `mix` need not be: as a + (b - a) f it leaves nothing of a
// near depth beside a very far one.
fn between_depths(z: vec4f, f: vec2f) -> f32 {
    let across = z.xz * (1.0 - f.x) + z.yw * f.x;
    return across.x * (1.0 - f.y) + across.y * f.y;
}
