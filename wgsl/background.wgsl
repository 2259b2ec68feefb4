// What lies behind the near side of torn steps: colour and depth of the far side, carried under it
// by push-pull (Gortler et al., "The Lumigraph", SIGGRAPH 1996): means of what is known on ever
// coarser levels, and from the coarsest up to where nothing is known.
// requires: surface, torn
// uniforms: Fill
@group(0) @binding(0) var<storage, read> u: Fill;
@group(0) @binding(1) var surface_z: texture_2d<f32>;
@group(0) @binding(2) var<storage, read> torn: array<u32>;
@group(0) @binding(3) var colour_texture: texture_2d<f32>;
@group(0) @binding(4) var matte_texture: texture_2d<f32>;
@group(0) @binding(5) var smooth_sampler: sampler;
@group(0) @binding(6) var<storage, read_write> texels: array<Texel>;
@group(0) @binding(7) var painted: texture_storage_2d<rgba16float, write>;
@group(0) @binding(8) var<storage, read_write> vertices: array<vec4f>;  // depth / plane depth, normal
@group(0) @binding(9) var<storage, read_write> indices: array<u32>;
@group(0) @binding(10) var<storage, read_write> arguments: array<atomic<u32>>;

// What is known of a far side, packed: colour, nearness (1 / depth), and (nearness of the near side
// as a multiple of it, weight). Where several lie behind each other: `own` is the mean of what is
// around, `last` the farthest.
struct Texel {
    own: vec4u,
    last: vec4u,
};

struct Known {
    colour: vec4f,  // premultiplied
    far: f32,
    near: f32,
    weight: f32,
};

struct Step {
    pixels: i32,
    is_far: bool,  // p is on its far side
    beyond: f32,
};

const FROM_STEP = 4;   // pixels from the step that count
const NEARER = 0.15;   // of the way from the far side to the near one: what is nearer hides
const PARALLAX = 0.8;  // heights of the picture by which a camera 30 degrees aside shifts a step
const APART = 1.03;    // nearness of two far sides that are not the same

fn packed(known: Known) -> vec4u {
    let near = select(1.0, min(known.near / known.far, 6e4), known.far > 0.0);
    return vec4u(
        pack2x16float(known.colour.xy), pack2x16float(known.colour.zw),
        bitcast<u32>(known.far), pack2x16float(vec2f(near, known.weight)),
    );
}

fn unpacked(v: vec4u) -> Known {
    let far = bitcast<f32>(v.z);
    let last = unpack2x16float(v.w);
    return Known(vec4f(unpack2x16float(v.x), unpack2x16float(v.y)), far, last.x * far, last.y);
}

fn torn_word(index: u32) -> u32 {
    return torn[index];
}

fn depth_at(p: vec2i) -> f32 {
    return textureLoad(surface_z, clamp(p, vec2i(0), vec2i(u.lattice) - 1), 0).x;
}

// The torn step that is nearest to pixel p in a direction: the pixels on the way to it (FROM_STEP: as
// good as none), and nearness beyond it.
fn step_toward(p: vec2i, direction: vec2i) -> Step {
    let back = any(direction < vec2i(0));
    let bit = select(2u, 1u, direction.x != 0);
    for (var k = 0; k < FROM_STEP; k++) {
        let here = p + k * direction;
        let next = here + direction;
        if any(next < vec2i(0)) || any(next >= vec2i(u.lattice)) {
            break;
        }
        if torn_side(vec2u(select(here, next, back)), u.lattice, bit) {
            let near = depth_at(next);
            return Step(k, near < depth_at(here), 1.0 / max(near, 1e-30));
        }
    }
    return Step(FROM_STEP, false, 0.0);
}

fn toward(k: i32) -> vec2i {
    let side = select(1, -1, k >= 2);
    return select(vec2i(0, side), vec2i(side, 0), (k & 1) == 0);
}

// (weight, nearness of the near side) of pixel p as the far side of a step. The pixel next to the
// step hardly counts: its colour is mixed.
fn seed_at(p: vec2i) -> vec2f {
    var weights = array<f32, FROM_STEP>(0.01, 0.5, 1.0, 1.0);
    var best = vec2f(0.0);
    for (var k = 0; k < 4; k++) {
        let step = step_toward(p, toward(k));
        if step.pixels < FROM_STEP && step.is_far && weights[step.pixels] > best.x {
            best = vec2f(weights[step.pixels], step.beyond);
        }
    }
    return best;
}

// As coverage() and its use in draw.wgsl.
fn colour_at(p: vec2i) -> vec4f {
    let uv = (vec2f(p) + 0.5) / vec2f(u.lattice);
    let colour = textureSampleLevel(colour_texture, smooth_sampler, uv, 0.0);
    if u.matte == 0u {
        return colour;
    }
    let m = textureSampleLevel(matte_texture, smooth_sampler, uv, 0.0);
    let a = clamp(select(m.a, dot(m.rgb, vec3f(0.2126, 0.7152, 0.0722)), u.matte == 2u), 0.0, 1.0);
    return vec4f(select(vec3f(0.0), colour.rgb / colour.a, colour.a > 0.0) * a, a);
}

const NOTHING = Known(vec4f(0.0), 0.0, 0.0, 0.0);

fn added(sum: Known, found: Known, weight: f32) -> Known {
    return Known(
        sum.colour + weight * found.colour,
        sum.far + weight * found.far,
        sum.near + weight * found.near,
        sum.weight + weight,
    );
}

fn mean(sum: Known) -> Known {
    let share = select(0.0, 1.0 / sum.weight, sum.weight > 0.0);
    return Known(sum.colour * share, sum.far * share, sum.near * share, min(sum.weight, 1.0));
}

fn mixed(a: Known, b: Known, share: f32) -> Known {
    return Known(mix(a.colour, b.colour, share), mix(a.far, b.far, share), mix(a.near, b.near, share), b.weight);
}

// The finest level: a square of pixels to each texel.
@compute @workgroup_size(8, 8) fn seed(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= u.size) {
        return;
    }
    var sum = NOTHING;
    let share = i32(u.share);
    for (var i = 0; i < share * share; i++) {
        let p = vec2i(id.xy) * share + vec2i(i % share, i / share);
        if any(p >= vec2i(u.lattice)) {
            continue;
        }
        let found = seed_at(p);
        if found.x > 0.0 {
            let far = 1.0 / max(depth_at(p), 1e-30);
            sum = added(sum, Known(colour_at(p), far, found.y, 0.0), found.x);
        }
    }
    let known = packed(mean(sum));
    texels[id.y * u.size.x + id.x] = Texel(known, known);
}

// From one level to the next coarser.
@compute @workgroup_size(8, 8) fn pull(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= u.coarser) {
        return;
    }
    var found: array<Texel, 4>;
    var farthest = 1e38;
    for (var k = 0u; k < 4u; k++) {
        let p = 2u * id.xy + vec2u(k & 1u, k >> 1u);
        if all(p < u.size) {
            found[k] = texels[u.offset + p.y * u.size.x + p.x];
            let last = unpacked(found[k].last);
            farthest = select(farthest, min(farthest, last.far), last.weight > 0.0);
        }
    }
    var own = NOTHING;
    var last = NOTHING;
    for (var k = 0; k < 4; k++) {
        let a = unpacked(found[k].own);
        let b = unpacked(found[k].last);
        own = added(own, a, a.weight);
        last = added(last, b, select(0.0, b.weight, b.far <= farthest * APART));
    }
    texels[u.coarser_offset + id.y * u.coarser.x + id.x] = Texel(packed(mean(own)), packed(mean(last)));
}

// And back, where little is known; within reach, what is farther than what is known as well.
// Weights stay: they tell what was known.
@compute @workgroup_size(8, 8) fn push(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= u.size) {
        return;
    }
    let index = u.offset + id.y * u.size.x + id.x;
    let at = 0.5 * (vec2f(id.xy) + 0.5) - 0.5;
    let base = vec2i(floor(at));
    let f = at - floor(at);
    var own = NOTHING;
    var last = NOTHING;
    for (var k = 0; k < 4; k++) {
        let corner = vec2i(k & 1, k >> 1u);
        let p = vec2u(clamp(base + corner, vec2i(0), vec2i(u.coarser) - 1));
        let found = texels[u.coarser_offset + p.y * u.coarser.x + p.x];
        let share = select(1.0 - f, f, corner == vec2i(1));
        own = added(own, unpacked(found.own), share.x * share.y);
        last = added(last, unpacked(found.last), share.x * share.y);
    }
    let a = unpacked(texels[index].own);
    let b = unpacked(texels[index].last);
    let nearer = u.offset < u.reach_offset && last.far * APART < b.far;
    texels[index] = Texel(
        packed(mixed(own, a, a.weight)),
        packed(mixed(last, b, select(b.weight, 0.0, nearer))),
    );
}

fn is_under(p: vec2i, known: Known) -> bool {
    return 1.0 / max(depth_at(p), 1e-30) > mix(known.far, known.near, NEARER);
}

// Whether a step is near enough to pixel p for its far side to be uncovered there. What a camera
// uncovers grows with the step; where no camera looks, the background would only stick out. Levels
// tell how far away something is known.
fn in_reach(p: vec2i, known: Known) -> bool {
    let sure = PARALLAX * f32(u.lattice.y) * (known.near - known.far) / max(known.far, 1e-30);
    let reach = clamp(sure, 8.0 * f32(u.share), f32(u.reach));
    var size = u.size;
    var offset = 0u;
    var side = u.share;
    while f32(2u * side) <= reach {
        offset += size.x * size.y;
        size = (size + 1u) / 2u;
        side *= 2u;
    }
    let q = p / i32(side);
    for (var k = 0; k < 9; k++) {
        let at = q + vec2i(k % 3, k / 3) - 1;
        if all(at >= vec2i(0)) && all(at < vec2i(size))
            && unpacked(texels[offset + u32(at.y) * size.x + u32(at.x)].own).weight > 0.0 {
            return true;
        }
    }
    return false;
}

// What is drawn: two layers. `own` at the far side of a step, and under what is nearer; `last` behind
// it, and where the step is not one from this texel's surface to what is behind it. Their weights
// are done with: whether they may be seen takes that place.
@compute @workgroup_size(8, 8) fn choose(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= u.size) {
        return;
    }
    let index = id.y * u.size.x + id.x;
    let p = (vec2i(id.xy) * 2 + 1) * i32(u.share) / 2;
    let own = unpacked(texels[index].own);
    let last = unpacked(texels[index].last);
    let beside = own.weight > 0.0;
    let own_seen = beside || (is_under(p, own) && in_reach(p, own));
    let same = own_seen && own.far <= last.far * APART;
    let last_seen = !same && (beside || (is_under(p, last) && in_reach(p, last)));
    texels[index].own.w = u32(own_seen);
    texels[index].last.w = u32(last_seen);
    textureStore(painted, id.xy, own.colour);
    textureStore(painted, id.xy + vec2u(0u, u.size.y), last.colour);
}

fn layer_at(q: vec2u, layer: u32) -> vec4u {
    let index = q.y * u.size.x + q.x;
    return select(texels[index].own, texels[index].last, layer == 1u);
}

fn is_seen(q: vec2i, layer: u32) -> bool {
    return all(q >= vec2i(0)) && all(q < vec2i(u.size)) && layer_at(vec2u(q), layer).w == 1u;
}

fn ratio_at(p: vec2i, layer: u32) -> f32 {
    let q = plane_of_uv((vec2f(p) + 0.5) / vec2f(u.lattice), u.surface_size);
    let plane = plane_depth(q, u.source_z);
    let at = clamp(vec2u(p) / u.share, vec2u(0u), u.size - 1u);
    let nearness = bitcast<f32>(layer_at(at, layer).z);
    return select(1.0, FARTHER / (nearness * plane), plane > 1e-6 && nearness > 0.0);
}

fn point_at(pixel: vec2i, layer: u32) -> vec3f {
    let p = clamp(pixel, vec2i(0), vec2i(u.lattice) - 1);
    let q = plane_of_uv((vec2f(p) + 0.5) / vec2f(u.lattice), u.surface_size);
    return displaced(q, ratio_at(p, layer), u.source_origin.xyz, u.along_normal == 1u);
}

// A vertex of the background's own, coarser grid; one grid for each layer. Its ratio is negative
// where nothing in the cells around it is seen.
@compute @workgroup_size(8, 8) fn place(@builtin(global_invocation_id) id: vec3u) {
    if all(id.xy == vec2u(0u)) {
        for (var k = 0; k < 5; k++) {
            atomicStore(&arguments[k], select(0u, 1u, k == 1));
        }
    }
    if id.x >= u.count.x || id.y >= 2u * u.count.y {
        return;
    }
    let layer = id.y / u.count.y;
    let p = vec2i(vertex_pixel(vec2u(id.x, id.y % u.count.y), u.count, u.step, u.lattice));
    let around = i32(u.step / u.share);
    let middle = p / i32(u.share);
    var seen = false;
    for (var y = -around; y <= around; y++) {
        for (var x = -around; x <= around; x++) {
            seen = seen || is_seen(middle + vec2i(x, y), layer);
        }
    }
    let x = vec2i(i32(u.step), 0);
    let down = point_at(p + x.yx, layer) - point_at(p - x.yx, layer);
    let normal = cross(down, point_at(p + x, layer) - point_at(p - x, layer));
    let n = normal * inverseSqrt(max(dot(normal, normal), 1e-38));
    let ratio = ratio_at(p, layer);
    vertices[id.y * u.count.x + id.x] = vec4f(select(-ratio, ratio, seen), n);
}

// The cells that are seen, two triangles each, counter-clockwise seen from +Z.
@compute @workgroup_size(8, 8) fn list(@builtin(global_invocation_id) id: vec3u) {
    if id.x + 1u >= u.count.x || id.y >= 2u * u.count.y || (id.y + 1u) % u.count.y == 0u {
        return;
    }
    let a = id.y * u.count.x + id.x;
    let b = a + u.count.x;
    if min(min(vertices[a].x, vertices[a + 1u].x), min(vertices[b].x, vertices[b + 1u].x)) <= 0.0 {
        return;
    }
    let slot = atomicAdd(&arguments[0], 6u);
    let corners = array<u32, 6>(a, b, a + 1u, a + 1u, b, b + 1u);
    for (var k = 0u; k < 6u; k++) {
        indices[slot + k] = corners[k];
    }
}
