// Arguments of the draws of quads that were tested: nothing where no sample of an outline passed.
@group(0) @binding(0) var<storage, read> passed: array<vec2u>;  // 64 bits each
@group(0) @binding(1) var<storage, read_write> draws: array<vec4u>;

@compute @workgroup_size(8, 8) fn decide(@builtin(global_invocation_id) id: vec3u) {
    if id.y > 0u || id.x >= arrayLength(&draws) {
        return;
    }
    let any_passed = any(passed[id.x] != vec2u(0u));
    draws[id.x] = vec4u(4u, select(0u, 1u, any_passed), 0u, 0u);
}
