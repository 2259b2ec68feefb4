// A network's depth at picture size. Values are shares of a range of inverse depth, linear in 1/Z,
// so that what is flat in space is linear in the picture and interpolates exactly.
//
// Networks see a small picture, and blur depth over two or three of its pixels at outlines. So near
// a step each pixel of the map gets two layers: the nearer and the farther side, each carried on
// to it as a plane, from pixels that lie clear of the step. At picture size a pixel takes one of the
// two: along the way on which depth steps, the picture is cut in two where its colours differ
// most and the map is not against it (the split with the least variance on both sides: Otsu, 1979,
// "A threshold selection method", here along a line). One cut to a line: texture can move an
// outline a little, and nothing else. Away from steps both layers are the map's own value.
// uniforms: DepthMap
@group(0) @binding(0) var<storage, read> u: DepthMap;
@group(0) @binding(1) var depth: texture_2d<f32>;       // value, confidence
@group(0) @binding(2) var slopes_made: texture_storage_2d<rgba32float, write>;
@group(0) @binding(3) var slopes: texture_2d<f32>;      // change along x and y, bend, steepness
@group(0) @binding(4) var layers_made: texture_storage_2d<rgba32float, write>;
@group(0) @binding(5) var steps_made: texture_storage_2d<rgba16float, write>;
@group(0) @binding(6) var layers: texture_2d<f32>;      // value, nearer, farther, confidence
@group(0) @binding(7) var steps: texture_2d<f32>;       // share of the nearer layer, way, strength
@group(0) @binding(8) var guide: texture_2d<f32>;
@group(0) @binding(9) var smooth_sampler: sampler;
@group(0) @binding(10) var result: texture_storage_2d<rg32float, write>;
@group(0) @binding(11) var cuts_made: texture_storage_2d<r32float, write>;
@group(0) @binding(12) var cuts: texture_2d<f32>;       // how far inside the nearer layer

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
const LENGTH = 2.5;        // pixels of the map on either side over which an outline is looked for
const SLACK = 0.1;         // of a step: how far the way down the other side of something thin goes
const ASIDE = 0.3;         // what it costs to cut a pixel of the map from where it has the step
const GRAIN = 0.03;        // of the square root of light: noise of a picture
const VOTERS = 0.7;        // pixels of the map within which outlines are evened out
const AROUND = 8;          // voters to a circle
const NO_CUT = 1e9;

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

// What a neighbour q says that p would be, were both on one plane, and how much that counts.
fn said(p: vec2i, q: vec2i) -> vec2f {
    let there = value_at(q);
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
                let vote = said(p, p + vec2i(x, y));
                let off = (vote.x - here.x) / max(nearer - farther, 1e-6);
                let sums = vote.y / (1.0 + LIKE * off * off) * vec3f(1.0, vote.x, vote.x * vote.x);
                near += select(vec3f(0.0), sums, vote.x >= middle);
                far += select(vec3f(0.0), sums, vote.x < middle);
                let there = value_at(p + vec2i(x, y));
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

// -- at picture size --

// (value, nearer, farther, confidence) between the map's pixels, of those that are there.
fn layers_at(uv: vec2f) -> vec4f {
    let size = vec2i(textureDimensions(layers));
    let at = uv * vec2f(size) - 0.5;
    let base = vec2i(floor(at));
    let f = at - floor(at);
    var sum = vec4f(0.0);
    var weights = 0.0;
    for (var k = 0; k < 4; k++) {
        let corner = vec2i(k & 1, k >> 1u);
        let found = textureLoad(layers, clamp(base + corner, vec2i(0), size - 1), 0);
        let share = select(1.0 - f.x, f.x, corner.x == 1) * select(1.0 - f.y, f.y, corner.y == 1);
        if found.w > 0.0 {
            sum += share * found;
            weights += share;
        }
    }
    return select(vec4f(0.0), sum / max(weights, 1e-6), weights >= 0.5);
}

fn steps_at(uv: vec2f) -> vec4f {
    return textureSampleLevel(steps, smooth_sampler, uv, 0.0);
}

// The picture as it looks, near enough: differences of dark tones count as the eye counts them.
fn shown(uv: vec2f) -> vec3f {
    return sqrt(max(textureSampleLevel(guide, smooth_sampler, uv, u.level).xyz, vec3f(0.0)));
}

// How far inside the nearer layer the pixel at uv is, in pixels of the map, along the way on which it
// steps; negative inside the farther. step: of the map there.
fn inside(uv: vec2f, step: vec4f) -> f32 {
    let size = vec2f(textureDimensions(layers));
    let way = normalize(step.yz + vec2f(1e-6, 0.0)) / size;
    let spacing = u.spacing;  // pixels of the map
    let most = i32(LENGTH / spacing);
    // How far the map rises one way and falls the other: beyond that another step begins.
    var up = 0;
    var down = 0;
    var highest = step.x;
    var lowest = step.x;
    var climbing = true;
    var falling = true;
    var before = 0.0;  // samples that the map has on the farther side
    for (var k = 1; k <= most; k++) {
        let above = steps_at(uv + f32(k) * spacing * way);
        let below = steps_at(uv - f32(k) * spacing * way);
        let over = above.x;
        let under = below.x;
        climbing = climbing && over >= highest - SLACK && above.w > 0.5;
        falling = falling && under <= lowest + SLACK && below.w > 0.5;
        highest = select(highest, max(highest, over), climbing);
        lowest = select(lowest, min(lowest, under), falling);
        up = select(up, k, climbing);
        down = select(down, k, falling);
        before += select(0.0, 1.0, climbing && over < 0.5) + select(0.0, 1.0, falling && under < 0.5);
    }
    before += select(0.0, 1.0, step.x < 0.5);
    let count = f32(up + down + 1);
    if highest < 0.5 || lowest >= 0.5 || count < 3.0 {
        return select(-LENGTH, LENGTH, step.x >= 0.5);
    }
    var all_sum = vec3f(0.0);
    var squares = 0.0;
    for (var k = -down; k <= up; k++) {
        let c = shown(uv + f32(k) * spacing * way);
        all_sum += c;
        squares += dot(c, c);
    }
    let total = squares - dot(all_sum, all_sum) / count + count * GRAIN * GRAIN;
    var sum = vec3f(0.0);
    var best = -1e9;
    var cut = 0.0;
    for (var k = -down; k < up; k++) {
        sum += shown(uv + f32(k) * spacing * way);
        let n = f32(k + down + 1);
        let apart = sum / n - (all_sum - sum) / (count - n);
        let gain = n * (count - n) / count * dot(apart, apart) / total;
        let off = (n - before) * spacing;
        let score = gain - ASIDE * off * off;
        if score > best {
            best = score;
            cut = f32(k) + 0.5;
        }
    }
    return -cut * spacing;
}

@compute @workgroup_size(8, 8) fn find_cuts(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= u.lattice) {
        return;
    }
    let uv = (vec2f(id.xy) + 0.5) / vec2f(u.lattice);
    let found = layers_at(uv);
    var cut = NO_CUT;
    if found.y > found.z {
        cut = inside(uv, steps_at(uv));
    }
    textureStore(cuts_made, id.xy, vec4f(cut, 0.0, 0.0, 0.0));
}

// Whether most of the pixels around p that have a cut say that p is of the nearer layer: each by its
// own, moved to p. So outlines are as smooth as the map, and no pixel is left by itself.
fn is_nearer(p: vec2i) -> bool {
    let per_pixel = vec2f(textureDimensions(layers)) / vec2f(u.lattice);
    var votes = 0.0;
    for (var k = 0; k <= 2 * AROUND; k++) {
        let ring = select(0.5 * VOTERS, VOTERS, k > AROUND) * select(1.0, 0.0, k == 0);
        let turn = 6.2831853 * f32(k) / f32(AROUND);
        let d = vec2i(round(ring * vec2f(cos(turn), sin(turn)) / per_pixel));
        let q = clamp(p + d, vec2i(0), vec2i(u.lattice) - 1);
        let cut = textureLoad(cuts, q, 0).x;
        if cut < NO_CUT {
            let step = steps_at((vec2f(q) + 0.5) / vec2f(u.lattice));
            let way = normalize(step.yz + vec2f(1e-6, 0.0));
            votes += sign(cut - dot(vec2f(q - p) * per_pixel, way));
        }
    }
    return votes > 0.0;
}

@compute @workgroup_size(8, 8) fn enlarge(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= u.lattice) {
        return;
    }
    let found = layers_at((vec2f(id.xy) + 0.5) / vec2f(u.lattice));
    var value = found.x;
    if found.y > found.z {
        value = select(found.z, found.y, is_nearer(vec2i(id.xy)));
    }
    textureStore(result, id.xy, vec4f(value, found.w, 0.0, 0.0));
}
