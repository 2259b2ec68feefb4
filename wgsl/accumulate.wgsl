// The running mean of a frame's samples: anti-aliasing, one jittered draw after the other.
// uniforms: Accumulate
@group(0) @binding(0) var<storage, read> u: Accumulate;
@group(0) @binding(1) var drawn: texture_2d<f32>;
@group(0) @binding(2) var before: texture_2d<f32>;
@group(0) @binding(3) var after: texture_storage_2d<rgba32float, write>;

@compute @workgroup_size(8, 8) fn accumulate(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= textureDimensions(drawn)) {
        return;
    }
    var sum = textureLoad(drawn, id.xy, 0) * u.weight;
    if u.keep > 0.0 {
        sum += textureLoad(before, id.xy, 0) * u.keep;
    }
    textureStore(after, id.xy, sum);
}
