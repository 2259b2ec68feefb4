// Tear, after effect: steps that are spread over some pixels are made one pixel wide, and the sides
// between pixels that are cut are found.
// requires: tear_rule
// uniforms: Tear
@group(0) @binding(0) var<storage, read> u: Tear;
@group(0) @binding(1) var depth: texture_2d<f32>;
@group(0) @binding(2) var crisp_depth: texture_storage_2d<rg32float, write>;
@group(0) @binding(3) var<storage, read_write> torn: array<u32>;  // as in torn.wgsl

const PIXELS = 16;  // of a word

fn tear_z(p: vec2i) -> f32 {
    return textureLoad(depth, clamp(p, vec2i(0), vec2i(u.lattice) - 1), 0).x;
}

// A pixel on a ramp goes to that of its ends that is nearer in value: left where it is, it would
// hang in the hole as a shard. One axis at a time.
@compute @workgroup_size(8, 8) fn crisp(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= u.lattice) {
        return;
    }
    let p = vec2i(id.xy);
    let texel = textureLoad(depth, p, 0);
    var z = texel.x;
    let ramp = tear_ramp(p, u.axis, u.threshold);
    if ramp.there {
        let here = tear_nearness(p);
        let a = p - ramp.before * u.axis;
        let b = p + ramp.after * u.axis;
        let first = abs(here - tear_nearness(a)) < abs(here - tear_nearness(b));
        z = tear_z(select(b, a, first));
    }
    textureStore(crisp_depth, p, vec4f(z, texel.y, 0.0, 0.0));
}

@compute @workgroup_size(8, 8) fn find(@builtin(global_invocation_id) id: vec3u) {
    if id.x >= u.words || id.y >= u.lattice.y {
        return;
    }
    var word = 0u;
    let first = vec2i(i32(id.x) * PIXELS, i32(id.y));
    for (var k = 0; k < PIXELS; k++) {
        let p = first + vec2i(k, 0);
        if p.x + 1 < i32(u.lattice.x) && tear_between(p, vec2i(1, 0), u.threshold) {
            word |= 1u << u32(2 * k);
        }
        if p.x < i32(u.lattice.x) && p.y + 1 < i32(u.lattice.y) && tear_between(p, vec2i(0, 1), u.threshold) {
            word |= 2u << u32(2 * k);
        }
    }
    torn[id.y * u.words + id.x] = word;
}
