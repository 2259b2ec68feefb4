// Missing depth from the farther neighbour: along rows and columns, what lies at both ends of a hole.
// Where depth goes on across it as a slope, it is a slope; where it steps, what was hidden is behind.
//
// Depth comes as wgsl/zdepth.wgsl marks it: (z, confidence); (z, 0) where it is missing; (-z, 0) for
// what means nothing and is far; (0, 0) where there is no map.
// requires: slopes
override AXIS: u32 = 0u;  // rows, columns

@group(0) @binding(1) var marks: texture_2d<f32>;
@group(0) @binding(2) var found: texture_storage_2d<rg32float, write>;
@group(0) @binding(3) var depth: texture_2d<f32>;  // of what is known: soft, or as it was
@group(0) @binding(4) var row_ends: texture_2d<f32>;
@group(0) @binding(5) var column_ends: texture_2d<f32>;

const PARTS = 64;           // that a row is looked through in
const ONE = vec2f(0.05, 0.1);  // shares of the nearer depth: the same surface, and surely another
const X = vec2i(1, 0);
const Y = vec2i(0, 1);

var<workgroup> lasts: array<i32, PARTS>;
var<workgroup> firsts: array<i32, PARTS>;

fn size() -> vec2i {
    return vec2i(textureDimensions(marks));
}

fn is_known(p: vec2i) -> bool {
    let mark = textureLoad(marks, p, 0).xy;
    return mark.y > 0.0 || mark.x < 0.0;
}

// For each pixel the nearest known one before and behind it (or itself), along a row or a column,
// which one workgroup does: their places; -1 and the length where there is none.
@compute @workgroup_size(64) fn look(@builtin(workgroup_id) group: vec3u,
                                     @builtin(local_invocation_id) id: vec3u) {
    let along = select(X, Y, AXIS == 1u);
    let start = i32(group.x) * (1 - along);
    let length = dot(size(), along);
    let share = (length + PARTS - 1) / PARTS;
    let first = min(i32(id.x) * share, length);
    let end = min(first + share, length);
    var last_known = -1;
    var first_known = length;
    for (var at = first; at < end; at++) {
        if is_known(start + at * along) {
            last_known = at;
            first_known = min(first_known, at);
        }
    }
    lasts[id.x] = last_known;
    firsts[id.x] = first_known;
    workgroupBarrier();
    var before = -1;
    var after = length;
    for (var part = 0; part < PARTS; part++) {
        before = select(before, max(before, lasts[part]), part < i32(id.x));
        after = select(after, min(after, firsts[part]), part > i32(id.x));
    }
    var next = first;
    for (var at = first; at < end; at++) {
        next = max(next, at);
        while next < end && !is_known(start + next * along) {
            next++;
        }
        if next == at {
            before = at;
        }
        textureStore(found, start + at * along, vec4f(f32(before), f32(select(after, next, next < end)), 0.0, 0.0));
    }
}

// Depth of a known pixel.
fn depth_at(p: vec2i) -> f32 {
    let mark = textureLoad(marks, p, 0).xy;
    return select(-mark.x, textureLoad(depth, p, 0).x, mark.y > 0.0);
}

// How depth changes over `width` pixels towards p, from what lies on the other side of it: from as
// far away as is known there. 0: nothing is.
fn change_before(p: vec2i, away: vec2i, width: i32) -> f32 {
    for (var reach = width; reach >= 1; reach /= 2) {
        let q = p + reach * away;
        if all(q >= vec2i(0)) && all(q < size()) && is_known(q) {
            return (depth_at(p) - depth_at(q)) * f32(width) / f32(reach);
        }
    }
    return 0.0;
}

// (depth, weight) at p of the hole that ends at these places of its row or column; weight 0: there
// is nothing.
fn across(p: vec2i, axis: vec2i, ends: vec2f) -> vec2f {
    let at = f32(dot(p, axis));
    let has_first = ends.x >= 0.0;
    let has_last = ends.y < f32(dot(size(), axis));
    let to_first = max(at - ends.x, 1.0);
    let to_last = max(ends.y - at, 1.0);
    if !has_first && !has_last {
        return vec2f(0.0);
    }
    let a = p - i32(to_first) * axis;
    let b = p + i32(to_last) * axis;
    if !has_last {
        return vec2f(depth_at(a), 1.0 / to_first);
    }
    if !has_first {
        return vec2f(depth_at(b), 1.0 / to_last);
    }
    let first = depth_at(a);
    let last = depth_at(b);
    let width = i32(to_first + to_last);
    let before = first - change_before(a, -axis, width);
    let behind = last - change_before(b, axis, width);
    if is_step(before, first, last, behind) {
        return select(vec2f(last, 1.0 / to_last), vec2f(first, 1.0 / to_first), first > last);
    }
    let depth = (first * to_last + last * to_first) / (to_first + to_last);
    return vec2f(depth, 1.0 / to_first + 1.0 / to_last);
}

// Of two answers the farther; the mean of both where they are of one surface.
fn farther(a: vec2f, b: vec2f) -> f32 {
    let near = select(a, b, b.x < a.x);
    let far = select(b, a, b.x < a.x);
    if near.y <= 0.0 || far.y <= 0.0 {
        return select(far.x, near.x, near.y > 0.0);
    }
    let apart = (far.x - near.x) / max(near.x, 1e-30);
    let share = near.y * (1.0 - smoothstep(ONE.x, ONE.y, apart));
    return (far.x * far.y + near.x * share) / (far.y + share);
}

// What a pixel gets whose row and column are missing altogether: that of the nearest pixel of its
// column that has something in its row. 0: there is nothing at all.
fn beyond(p: vec2i) -> f32 {
    for (var k = 1; k < size().y; k++) {
        var depth = 0.0;
        for (var side = -1; side <= 1; side += 2) {
            let q = p + side * k * Y;
            if q.y >= 0 && q.y < size().y {
                depth = max(depth, across(q, X, textureLoad(row_ends, q, 0).xy).x);
            }
        }
        if depth > 0.0 {
            return depth;
        }
    }
    return 0.0;
}

// (z, confidence) of what is known; (z, -1) of what was missing; (0, 0) where there is no map.
@compute @workgroup_size(8, 8) fn fill(@builtin(global_invocation_id) id: vec3u) {
    let p = vec2i(id.xy);
    if any(p >= size()) {
        return;
    }
    let mark = textureLoad(marks, p, 0).xy;
    var result = vec2f(0.0);
    if mark.y > 0.0 || mark.x < 0.0 {
        result = vec2f(depth_at(p), select(1.0, mark.y, mark.y > 0.0));
    } else if mark.x > 0.0 {
        let row = across(p, X, textureLoad(row_ends, p, 0).xy);
        let column = across(p, Y, textureLoad(column_ends, p, 0).xy);
        var z = farther(row, column);
        if row.y + column.y <= 0.0 {
            z = beyond(p);
        }
        result = vec2f(z, select(0.0, -1.0, z > 0.0));
    }
    textureStore(found, p, vec4f(result, 0.0, 0.0));
}
