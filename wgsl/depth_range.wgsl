// From the nearest to the farthest of what a picture of depth shows, but for what stands for nothing:
// empty pixels, what a map calls far, and a largest value that stands alone.
// uniforms: DepthRange
@group(0) @binding(0) var<storage, read> u: DepthRange;
@group(0) @binding(1) var shown: texture_2d<f32>;
@group(0) @binding(2) var<storage, read_write> ends: array<atomic<u32>>;  // least and greatest of each bin
@group(0) @binding(3) var found: texture_storage_2d<r32float, write>;     // nearest, farthest

const BINS = 256u;      // quarters of octaves, from 2^-32 up: positive floats are ordered as their bits are
const NONE = 0xffffffffu;
const ALIKE = 2e-4;     // of a value: as near to far as triangles that lie there come
const ALONE = 8.0;      // a largest value that is so many times the next below it

var<workgroup> tile: array<atomic<u32>, 512>;

@compute @workgroup_size(8, 8) fn clear(@builtin(global_invocation_id) id: vec3u) {
    let i = id.y * 64u + id.x;
    atomicStore(&ends[i], select(NONE, 0u, i % 2u == 1u));
}

fn counts(z: f32) -> bool {
    if !(z > 0.0) || z >= 3e38 || z == u.empty {
        return false;
    }
    for (var i = 0; i < 4; i++) {
        if u.far[i] > 0.0 && abs(z - u.far[i]) <= ALIKE * u.far[i] {
            return false;
        }
    }
    return true;
}

@compute @workgroup_size(8, 8) fn gather(
    @builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) local: u32
) {
    for (var i = local; i < 512u; i += 64u) {
        atomicStore(&tile[i], select(NONE, 0u, i % 2u == 1u));
    }
    workgroupBarrier();
    let size = textureDimensions(shown);
    for (var k = 0u; k < 16u; k++) {  // 32 x 32 pixels a group
        let p = (id.xy / 8u) * 32u + vec2u(id.x % 8u, id.y % 8u) + 8u * vec2u(k % 4u, k / 4u);
        if all(p < size) {
            let z = textureLoad(shown, p, 0).x;
            if counts(z) {
                let bin = u32(clamp(i32(floor(log2(z) * 4.0)) + 128, 0, i32(BINS) - 1));
                atomicMin(&tile[2u * bin], bitcast<u32>(z));
                atomicMax(&tile[2u * bin + 1u], bitcast<u32>(z));
            }
        }
    }
    workgroupBarrier();
    for (var i = local; i < 512u; i += 64u) {
        let value = atomicLoad(&tile[i]);
        if i % 2u == 0u {
            if value != NONE {
                atomicMin(&ends[i], value);
            }
        } else if value != 0u {
            atomicMax(&ends[i], value);
        }
    }
}

@compute @workgroup_size(8, 8) fn choose(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy > vec2u(0u)) {
        return;
    }
    var low = 0.0;
    var high = 0.0;
    for (var bin = 0u; bin < BINS; bin++) {
        let a = atomicLoad(&ends[2u * bin]);
        if a == NONE {
            continue;
        }
        let nearest = bitcast<f32>(a);
        let to = bitcast<f32>(atomicLoad(&ends[2u * bin + 1u]));
        if low == 0.0 {
            low = nearest;
        } else if nearest == to && to >= ALONE * high && last(bin) {
            break;
        }
        high = to;
    }
    if !(high > low * 1.00001) {
        // Nothing, or all at one distance: in the middle of what the camera is for, or around it.
        let within = low == 0.0 || (low > u.near && low < u.empty);
        high = select(2.0 * low, u.empty, within);
        low = select(0.5 * low, u.near, within);
    }
    textureStore(found, vec2u(0u, 0u), vec4f(low, 0.0, 0.0, 0.0));
    textureStore(found, vec2u(1u, 0u), vec4f(high, 0.0, 0.0, 0.0));
}

// Whether no bin after this one holds anything.
fn last(bin: u32) -> bool {
    for (var i = bin + 1u; i < BINS; i++) {
        if atomicLoad(&ends[2u * i]) != NONE {
            return false;
        }
    }
    return true;
}
