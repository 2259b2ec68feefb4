// A network's depth near its steps, at the size of its map: two layers, the nearer and the farther
// side of a step, each carried on to a pixel as a plane, from pixels that lie clear of the step. Away
// from steps both are the map's own value. Values are shares of a range of inverse depth, linear in
// 1/Z, so that what is flat in space is linear in the picture and interpolates exactly.
//
// Networks see a small picture, and blur depth over two or three of its pixels at outlines;
// depth_map.wgsl chooses between the layers at picture size.
// uniforms: DepthMap
@group(0) @binding(0) var<storage, read> u: DepthMap;
@group(0) @binding(1) var depth: texture_2d<f32>;       // value, confidence
@group(0) @binding(2) var slopes_made: texture_storage_2d<rgba32float, write>;
@group(0) @binding(3) var slopes: texture_2d<f32>;      // change along x and y, bend, steepness
@group(0) @binding(4) var layers_made: texture_storage_2d<rgba32float, write>;
@group(0) @binding(5) var steps_made: texture_storage_2d<rgba16float, write>;

const NO_STEP = 0.02;      // of the range: layers that lie closer are one
const STEP = 0.04;         // layers that lie this far apart are two
const REACH = 4;           // pixels of the map from which the layers come
const CALM = 0.004;        // of the range: unrest that every map has
const VOTING_STEEP = 0.05; // how much steepness counts beside bend as unrest: of who votes
const OWN_STEEP = 0.25;    // and of a pixel itself
const CALMEST = 0.06;      // of a step: a pixel with less unrest is clear of it
const CALMER = 0.14;       // one with more is not
const LIKE = 4.0;          // how much less a plane counts that says another depth than is there
const OWN = 0.08;          // of a step: a pixel this close to a layer lies on it
const BEYOND = 0.1;        // of a step: how far a layer may lie outside what the map has near

fn map_size() -> vec2i {
    return vec2i(textureDimensions(depth));
}

// (value, confidence); confidence 0 outside and where there is no depth.
fn value_at(p: vec2i) -> vec2f {
    let size = map_size();
    let found = textureLoad(depth, clamp(p, vec2i(0), size - 1), 0).xy;
    return select(vec2f(0.0), found, all(p >= vec2i(0)) && all(p < size) && found.y > 0.0);
}

// The change to the neighbour p + way, 0 where there is none. y: whether it is there.
fn change(here: f32, p: vec2i, way: vec2i) -> vec2f {
    let next = value_at(p + way);
    return vec2f(select(0.0, next.x - here, next.y > 0.0), select(0.0, 1.0, next.y > 0.0));
}

// (slope, bend, steepness) along an axis. The slope is the smaller change of those to both sides, so
// that a step on one side is not taken for one.
fn slope_along(here: f32, p: vec2i, axis: vec2i) -> vec3f {
    let after = change(here, p, axis);
    let before = change(here, p, -axis) * vec2f(-1.0, 1.0);
    let steep = abs(after.x) + abs(before.x);
    if after.y * before.y == 0.0 {
        return vec3f(after.x + before.x, 0.0, 2.0 * steep);
    }
    let least = select(before.x, after.x, abs(after.x) < abs(before.x));
    return vec3f(select(0.0, least, after.x * before.x > 0.0), abs(after.x - before.x), steep);
}

@compute @workgroup_size(8, 8) fn find_slopes(@builtin(global_invocation_id) id: vec3u) {
    let p = vec2i(id.xy);
    if any(p >= map_size()) {
        return;
    }
    let here = value_at(p);
    let x = slope_along(here.x, p, vec2i(1, 0));
    let y = slope_along(here.x, p, vec2i(0, 1));
    textureStore(slopes_made, p, select(vec4f(0.0), vec4f(x.x, y.x, x.yz + y.yz), here.y > 0.0));
}

// What a neighbour q, of value and confidence `there`, says that p would be, were both on one plane,
// and how much that counts.
fn said(p: vec2i, q: vec2i, there: vec2f) -> vec2f {
    let at = clamp(q, vec2i(0), map_size() - 1);
    let slope = textureLoad(slopes, at, 0);
    let way = vec2f(p - q);
    let unrest = slope.z + VOTING_STEEP * slope.w + CALM;
    let near = exp(-dot(way, way) / (0.5 * f32(REACH * REACH)));
    let weight = near * there.y / (unrest * unrest * unrest * unrest) * (CALM * CALM * CALM * CALM);
    return vec2f(there.x + dot(way, slope.xy), weight);
}

@compute @workgroup_size(8, 8) fn find_layers(@builtin(global_invocation_id) id: vec3u) {
    let p = vec2i(id.xy);
    if any(p >= map_size()) {
        return;
    }
    let here = value_at(p);
    var low = 1e30;
    var high = -1e30;
    for (var y = -REACH; y <= REACH; y++) {
        for (var x = -REACH; x <= REACH; x++) {
            let q = p + vec2i(x, y);
            let there = value_at(q);
            if there.y > 0.0 {
                low = min(low, there.x);
                high = max(high, there.x);
            }
        }
    }
    let rounds = select(0, 3, high - low > NO_STEP && here.y > 0.0);
    var nearer = high;
    var farther = low;
    var spread = 0.0;
    var toward = vec2f(0.0);
    for (var round = 0; round < rounds; round++) {
        let middle = 0.5 * (nearer + farther);
        var near = vec3f(0.0);
        var far = vec3f(0.0);
        toward = vec2f(0.0);
        for (var y = -REACH; y <= REACH; y++) {
            for (var x = -REACH; x <= REACH; x++) {
                let there = value_at(p + vec2i(x, y));
                let vote = said(p, p + vec2i(x, y), there);
                let off = (vote.x - here.x) / max(nearer - farther, 1e-6);
                let sums = vote.y / (1.0 + LIKE * off * off) * vec3f(1.0, vote.x, vote.x * vote.x);
                near += select(vec3f(0.0), sums, vote.x >= middle);
                far += select(vec3f(0.0), sums, vote.x < middle);
                let d = vec2f(f32(x), f32(y));
                let side = clamp(2.0 * (there.x - middle) / max(nearer - farther, 1e-6), -1.0, 1.0);
                toward += select(0.0, side, there.y > 0.0) * exp(-dot(d, d) / 4.5) * d;
            }
        }
        if near.x <= 1e-12 || far.x <= 1e-12 {
            nearer = here.x;
            farther = here.x;
            break;
        }
        nearer = near.y / near.x;
        farther = far.y / far.x;
        spread = max(near.z / near.x - nearer * nearer, 0.0)
            + max(far.z / far.x - farther * farther, 0.0);
    }
    let apart = nearer - farther;
    // Votes that scatter as much as the layers lie apart are a slope that bends, or noise.
    let clear = smoothstep(2.0, 4.0, apart / sqrt(spread + 1e-12));
    let strength = select(0.0, smoothstep(NO_STEP, STEP, apart) * clear, rounds > 0);
    let share = clamp((here.x - farther) / max(apart, 1e-9), 0.0, 1.0);
    // What lies on a layer already is that layer, and what is clear of the step both.
    let slope = textureLoad(slopes, p, 0);
    let unrest = (slope.z + OWN_STEEP * slope.w) / max(apart, 1e-9);
    let taken = strength * smoothstep(CALMEST, CALMER, unrest);
    let own = smoothstep(OWN, OWN * 0.3, min(share, 1.0 - share));
    let slack = BEYOND * apart;
    nearer = clamp(nearer, max(low - slack, u.low), min(high + slack, u.high));
    farther = clamp(farther, max(low - slack, u.low), min(high + slack, u.high));
    nearer = mix(here.x, nearer, taken * select(1.0, 1.0 - own, share >= 0.5));
    farther = mix(here.x, farther, taken * select(1.0, 1.0 - own, share < 0.5));
    let long = max(length(toward), 1e-12);
    textureStore(layers_made, p, vec4f(here.x, nearer, farther, here.y));
    textureStore(steps_made, p, vec4f(select(0.5, share, strength > 0.0), toward / long, strength));
}
