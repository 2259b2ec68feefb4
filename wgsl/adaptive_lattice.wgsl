// The lattice of the adaptive mesh: right-triangulated tiles of 128 cells (RTIN; Evans, Kirkpatrick
// and Townsend, "Right-Triangulated Irregular Networks", Algorithmica 2001) over pixel centres,
// with one more column and row on each border. Tiles that reach beyond the border are folded onto
// it: there triangles lose their area, but the mesh stays whole.
// requires: surface
// uniforms: Adaptive
@group(0) @binding(0) var<storage, read> u: Adaptive;
@group(0) @binding(1) var surface_z: texture_2d<f32>;

override LEVEL: u32 = 0u;
const LEVELS = 7u;      // of tiles of 128 cells
const BLOCK = 16;       // cells along a side of what one workgroup measures
const SIDE = 17;        // vertices along it

// Place of a lattice point on the picture, in pixels from its top left corner.
fn place(p: vec2i) -> vec2f {
    return clamp(vec2f(p) - 0.5, vec2f(0.0), vec2f(u.picture));
}

// What is interpolated linearly over a triangle, seen from the source camera: plane depth / depth
// along camera rays (a plane in space is linear in it), depth / plane depth along the normal.
fn height(p: vec2i) -> f32 {
    let pixel = clamp(p - 1, vec2i(0), vec2i(u.picture) - 1);
    let plane = dot(u.plane.xyz, vec3f(vec2f(pixel) + 0.5, 1.0));
    let z = textureLoad(surface_z, pixel, 0).x;
    if plane <= 1e-6 {
        return 1.0;
    }
    return select(plane / z, z / plane, u.along_normal == 1u);
}

// A vertex splits one edge, the hypotenuse of the two triangles beside it. Half of that edge, as a
// vector from the vertex; `level` is that of the vertex.
fn half_edge(p: vec2i, level: vec2u) -> vec2i {
    let h = 1i << min(level.x, level.y);
    if level.x < level.y {
        return vec2i(h, 0);
    }
    if level.y < level.x {
        return vec2i(0, h);
    }
    let square = p >> vec2u(level.x + 1u);
    return select(vec2i(h, -h), vec2i(h, h), ((square.x + square.y) & 1) == 0);
}

// How often each coordinate can be halved; (7, 7) is a corner of tiles and splits nothing.
fn levels_of(p: vec2i) -> vec2u {
    return min(countTrailingZeros(vec2u(p)), vec2u(LEVELS));
}

fn on_border(p: vec2i) -> bool {
    return any(p <= vec2i(0)) || any(p >= u.cells);
}

// Whether the mesh without vertex `p` must be looked at there. Beyond the border the edges that
// are folded onto it are copies of each other; the nearest counts.
fn counts(p: vec2i, level: vec2u) -> bool {
    let beyond = p >= u.cells;
    if !any(beyond) {
        return true;
    }
    let k = abs(half_edge(p, level));
    if k.x > 0 && k.y > 0 {
        return all(p - k < u.cells);
    }
    let apart = 2 * max(k.x, k.y);
    if k.x > 0 {
        return p.x - k.x < u.cells.x && p.y - apart < u.cells.y;
    }
    return p.y - k.y < u.cells.y && p.x - apart < u.cells.x;
}

// Where vertex `p` lies within its edge from a to b: both fractions are one half, except where
// border cells are half a pixel wide or the edge is folded.
fn share(p: vec2i, k: vec2i) -> vec2f {
    let a = place(p - k);
    let b = place(p + k);
    let span = b - a;
    return select(vec2f(0.5), (place(p) - a) / span, abs(span) > vec2f(0.25));
}

// Value of the triangle at a vertex that is left out: the edge runs from a to b. For diagonals of
// a folded square, `c` and `d` are its other corners at (b.x, a.y) and (a.x, b.y).
fn on_edge(at: vec2f, k: vec2i, a: f32, b: f32, c: f32, d: f32) -> f32 {
    if k.x == 0 {
        return mix(a, b, at.y);
    }
    if k.y == 0 {
        return mix(a, b, at.x);
    }
    if at.x >= at.y {
        return a * (1.0 - at.x) + c * (at.x - at.y) + b * at.y;
    }
    return a * (1.0 - at.y) + d * (at.y - at.x) + b * at.x;
}

// Clip space (x, y, w) of the plane's point at a place; the point at height i is at
// i * origin + this, for either way to project (passes/adaptive_view.py).
fn flat_clip(at: vec2f) -> vec3f {
    return u.corner.xyw + at.x * u.across.xyw + at.y * u.down.xyw;
}

// Pixels on screen by which a point moves for a unit of height, times the product of w before and
// after. It does not depend on the height.
fn pixels_per_height(flat: vec3f) -> f32 {
    return length((u.origin.xy * flat.z - flat.xy * u.origin.w) * u.half_view);
}

// The error of showing height `wrong` in the place of `right`, in pixels, the larger of the shift
// on screen and the weighed share of view depth.
fn error_on_screen(flat: vec3f, right: f32, wrong: f32) -> f32 {
    let w = vec2f(right, wrong) * u.origin.w + flat.z;
    let d = abs(right - wrong);
    if min(w.x, w.y) <= u.near {
        return select(0.0, 1e9, max(w.x, w.y) > u.near && d > 0.0);
    }
    let shift = pixels_per_height(flat) * d / (w.x * w.y);
    // w is view depth times height along rays, and view depth itself along the normal.
    let along_rays = abs(flat.z) * d / (abs(wrong) * w.x);
    let depth = select(along_rays, abs(u.origin.w) * d / w.x, u.along_normal == 1u);
    return max(shift, u.depth_weight * depth);
}

fn tolerance_at(p: vec2i) -> f32 {
    return u.tolerance * select(1.0, u.border, on_border(p));
}
