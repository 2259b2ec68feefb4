// What every draw of the scene shares: the vertex stage of all kinds of item, and the point
// of the picture that a fragment shows. Used by shadow, beauty and aov.
// requires: surface, slopes, torn, vertices
// uniforms: View, Item
//
// What an item has and does is a constant of its pipeline: a software adapter runs both sides of
// every branch that is not decided when the shader is compiled. (Mesa's lavapipe also compiles a
// shader anew for each draw whose branches depend on a uniform buffer alone, and keeps the memory.)
// These two blocks are uniform, not storage, because pixels beside a triangle read zero from storage
// there, and the derivatives need them.
@group(0) @binding(0) var<uniform> view: View;
@group(1) @binding(0) var<uniform> item: Item;
@group(1) @binding(1) var colour_texture: texture_2d<f32>;
@group(1) @binding(2) var matte_texture: texture_2d<f32>;
@group(1) @binding(3) var surface_z: texture_2d<f32>;
@group(1) @binding(4) var relief_normals: texture_2d<f32>;
@group(1) @binding(5) var normal_map: texture_2d<f32>;
@group(1) @binding(6) var smooth_sampler: sampler;
@group(1) @binding(7) var<storage, read> vertices: array<u32>;  // numbers, or torn sides
@group(1) @binding(8) var diffuse_map: texture_2d<f32>;  // more maps: data_maps.wgsl

override KIND: u32 = 0u;
override FLAGS: u32 = 0u;  // of those below
const PLANE = 0u;   // a flat surface, its fragments' depth replaced where it has a map
const RELIEF = 1u;  // an extruded surface: a grid of depth / plane depth
const MESH = 2u;    // a triangle mesh: position, normal, uv for each vertex
const ADAPTIVE = 3u; // an extruded surface: vertices of its lattice, numbered block by block
const FULL = 4u;     // the same with every vertex, by tiles
const TORN = 5u;       // ADAPTIVE where depth steps are cut: vertices and points of cells
const TORN_FULL = 6u;  // the same with every cell, by tiles
const TORN_GRID = 7u;  // RELIEF where depth steps are cut: vertices and points of cells
const TORN_GRID_FULL = 8u; // the same with every cell, by tiles
const BACKGROUND = 9u; // what is seen through the cut: a grid of depth / plane depth and normals

const HAS_COLOUR = 1u;
const HAS_MATTE = 2u;
const DISPLACE = 4u;
const Z_PASS = 8u;
const ALONG_NORMAL = 16u;
const RELIEF_NORMALS = 32u;
const NORMAL_MAP = 64u;
const SIGNED_NORMALS = 128u;
const FLIP_Y = 256u;
const LIT = 512u;
const RECEIVES_SHADOW = 1024u;
const HAS_Z = 2048u;
const MATTE_IS_LUMA = 4096u;
const MIRRORED = 8192u;
const GLOSSY = 16384u;
const SOFT = 32768u;      // may be seen through somewhere
const CLIPPED = 65536u;   // the camera cuts at near and far
const PIERCED = 262144u;  // parts of it are left out, whatever the rest
const TEXEL_A_PIXEL = 131072u;  // a screen pixel covers a pixel of the picture, or more
const DIFFUSE_MAP = 524288u;
const POSITION_MAP = 1048576u;
const UV_MAP = 2097152u;
const UV_DOWN = 4194304u;  // it runs from the top left
const FORWARD_MAP = 8388608u;
const BACKWARD_MAP = 16777216u;

const FARTHEST = 1e-20; // in the depth buffer, where 0 is infinitely far
const TILE = 64u;       // cells of the grid in one instance; passes/tessellate.py has the same

struct Varying {
    @builtin(position) @invariant position: vec4f,  // soft items are drawn twice, to meet themselves
    @location(0) at: vec3f,      // in the item's own space
    @location(1) normal: vec3f,  // the same; meshes only
    @location(2) uv: vec2f,      // meshes only
    @location(3) @interpolate(flat) corner: vec3f,  // one of the triangle's
    @location(4) @interpolate(flat) opacity: f32,
};

fn flag(bit: u32) -> bool {
    return (FLAGS & bit) != 0u;
}

fn number_at(index: u32) -> f32 {
    return bitcast<f32>(vertices[index]);
}

fn torn_word(index: u32) -> u32 {
    return vertices[index];
}

fn clip_of(p: vec3f) -> vec4f {
    return view.view_proj * (item.world * vec4f(p, 1.0));
}

// Whether the background is left out at a place: it never shows before the surface itself, which
// lies no farther there than the farthest corner of its cell.
fn left_out(at: vec3f, uv: vec2f) -> bool {
    let size = vec2i(item.lattice);
    let step = i32(item.material.w);
    let base = vec2i(floor((uv * item.lattice - 0.5) / item.material.w)) * step;
    var front = 0.0;
    for (var k = 0; k < 4; k++) {
        let p = clamp(base + step * vec2i(k & 1, k >> 1u), vec2i(0), size - 1);
        let plane = plane_depth(plane_of_uv((vec2f(p) + 0.5) / item.lattice, item.size), item.source_z);
        front = max(front, select(1.0, lattice_z(p) / plane, plane > 1e-6));
    }
    return 1.0 - at.z / item.source_origin.z < front;
}

@vertex fn vertex(@builtin(vertex_index) index: u32, @builtin(instance_index) instance: u32) -> Varying {
    var out: Varying;
    out.normal = vec3f(0.0, 0.0, 1.0);
    out.uv = vec2f(0.0);
    if KIND == PLANE {
        let corner = vec2f(f32(index >> 1u), f32(index & 1u));
        out.at = vec3f(plane_of_uv(corner, item.size), 0.0);
    } else if KIND == RELIEF {
        out.at = grid_point(index, instance);
    } else if KIND == ADAPTIVE {
        out.at = numbered_point(index);
    } else if KIND == FULL {
        out.at = tiled_point(index, instance);
    } else if KIND == BACKGROUND {
        let v = vec2u(index % item.grid.x, index / item.grid.x);
        let q = torn_vertex(vec2u(v.x, v.y % item.grid.y), item.grid.xy, item.grid.z).xy;
        out.at = displaced(q, number_at(4u * index), item.source_origin.xyz, flag(ALONG_NORMAL));
        out.normal = vec3f(number_at(4u * index + 1u), number_at(4u * index + 2u), number_at(4u * index + 3u));
        out.uv = vec2f(0.0, f32(v.y / item.grid.y));  // the layer
    } else if KIND == TORN {
        out.at = torn_listed(index);
    } else if KIND == TORN_FULL {
        out.at = torn_tiled(index, instance, item.grid.xy + 1u, 1u);
    } else if KIND == TORN_GRID {
        let v = vec2u((index >> 4u) % item.grid.x, (index >> 4u) / item.grid.x);
        out.at = torn_point(v, index & 15u, item.grid.xy, item.grid.z);
    } else if KIND == TORN_GRID_FULL {
        out.at = torn_tiled(index, instance, item.grid.xy, item.grid.z);
    } else {
        let v = index * 8u;
        out.at = vec3f(number_at(v), number_at(v + 1u), number_at(v + 2u));
        out.normal = vec3f(number_at(v + 3u), number_at(v + 4u), number_at(v + 5u));
        out.uv = vec2f(number_at(v + 6u), number_at(v + 7u));
    }
    out.position = clip_of(out.at);
    out.corner = out.at;
    out.opacity = item.colour.a;
    return out;
}

// A flat item's outline in tiles, each at the nearest depth that any of it may have. Depth is an
// affine function of a point and of how far it is moved, so that a tile's is nearest at a corner.
const OUTLINE_TILES = 8u;  // along a side; passes/hidden.py has the same
@vertex fn outline(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f {
    let tile = vec2u(index / 6u % OUTLINE_TILES, index / (6u * OUTLINE_TILES));
    let corners = array<vec2u, 6>(vec2u(0u), vec2u(1u, 0u), vec2u(0u, 1u), vec2u(0u, 1u), vec2u(1u, 0u), vec2u(1u));
    var nearest = 1e30;
    for (var k = 0u; k < 8u; k++) {
        let q = tile_corner(tile + vec2u(k & 1u, (k >> 1u) & 1u));
        let t = select(item.reach.x, item.reach.y, k >= 4u);
        nearest = min(nearest, planar_z(to_world(displaced(q, t, item.source_origin.xyz, flag(ALONG_NORMAL)))));
    }
    var clip = clip_of(vec3f(tile_corner(tile + corners[index % 6u]), 0.0));
    // Rounding must not hide what touches its bound.
    clip.z = min(clip.z * clip.w / max(0.999 * nearest, 1e-20), clip.w);
    return clip;
}

fn tile_corner(at: vec2u) -> vec2f {
    return plane_of_uv(vec2f(at) / f32(OUTLINE_TILES), item.size);
}

@fragment fn nothing() {}

fn lattice_z(p: vec2i) -> f32 {
    return textureLoad(surface_z, p, 0).x;
}

// Whether depth steps on the way from lattice point p to p + axis. Beyond the border it goes on.
fn steps(p: vec2i, axis: vec2i, here: f32, next: f32) -> bool {
    let size = vec2i(item.lattice);
    var before = 2.0 * here - next;
    if all(p - axis >= vec2i(0)) {
        before = lattice_z(p - axis);
    }
    var after = 2.0 * next - here;
    if all(p + 2 * axis < size) {
        after = lattice_z(p + 2 * axis);
    }
    return is_step(before, here, next, after);
}

// Surface Z between lattice points: interpolated on slopes, the nearest across a step. Where the
// screen shows no more than a pixel of the picture at once, its own depth is all there is to see.
fn depth_ratio(uv: vec2f, q: vec2f) -> f32 {
    let size = vec2i(item.lattice);
    let plane = plane_depth(q, item.source_z);
    if flag(TEXEL_A_PIXEL) {
        let z = lattice_z(clamp(vec2i(uv * item.lattice), vec2i(0), size - 1));
        return select(1.0, z / plane, plane > 1e-6);
    }
    let at = uv * item.lattice - 0.5;
    let base = vec2i(floor(at));
    var f = at - floor(at);
    let a = clamp(base, vec2i(0), size - 1);
    let b = clamp(base + 1, vec2i(0), size - 1);
    let z = vec4f(lattice_z(a), lattice_z(vec2i(b.x, a.y)), lattice_z(vec2i(a.x, b.y)), lattice_z(b));
    if !is_flat(z) {
        let x = vec2i(1, 0);
        let y = vec2i(0, 1);
        if steps(a, x, z.x, z.y) || steps(vec2i(a.x, b.y), x, z.z, z.w) {
            f.x = round(f.x);
        }
        if steps(a, y, z.x, z.z) || steps(vec2i(b.x, a.y), y, z.y, z.w) {
            f.y = round(f.y);
        }
    }
    return select(1.0, between_depths(z, f) / plane, plane > 1e-6);
}

fn confidence(uv: vec2f) -> f32 {
    let p = clamp(vec2i(uv * item.lattice), vec2i(0), vec2i(item.lattice) - 1);
    return textureLoad(surface_z, p, 0).y;
}

struct Point {
    uv: vec2f,
    colour: vec4f,      // premultiplied
    albedo: vec4f,      // the same of what light meets
    at: vec3f,          // in the item's own space
    at_u: vec3f,        // how that changes with uv; meshes with motion only
    at_v: vec3f,
    shading_at: vec3f,  // world: where light meets it
    drawn_at: vec3f,    // world: where it hides others and is hidden
    shown_at: vec3f,    // world: what the Z and position passes show
    normal: vec3f,      // world, unit, toward the viewer: what it is shaded by
    facet: vec3f,       // the same of the triangle itself
};

fn to_world(p: vec3f) -> vec3f {
    return (item.world * vec4f(p, 1.0)).xyz;
}

// A triangle's tangent frame from screen derivatives (Schueler, "Normal mapping without
// precomputed tangents", ShaderX 5).
fn mesh_frame(n: vec3f, at_x: vec3f, at_y: vec3f, uv_x: vec2f, uv_y: vec2f) -> mat3x3f {
    let px = cross(at_y, n);
    let py = cross(n, at_x);
    let t = px * uv_x.x + py * uv_y.x;
    let b = -(px * uv_x.y + py * uv_y.y);
    // The picture's y runs down, and a triangle may be seen from behind.
    let side = sign(dot(cross(at_x, at_y), n));
    let scale = side * inverseSqrt(max(max(dot(t, t), dot(b, b)), 1e-30));
    return mat3x3f(t * scale, b * scale, n);
}

// A mesh's normal n bent by a relief on it, whose own normal over the picture's plane is `relief`
// (Mikkelsen, "Bump Mapping Unparametrized Surfaces on the GPU", 2010). Position may be that of the
// mesh before or after it was raised along n: what lies along n drops out. Which way the triangle
// faces decides for a side, so that the normal turns steadily where the relief hangs over.
fn raised_normal(relief: vec3f, n: vec3f, at_x: vec3f, at_y: vec3f, uv_x: vec2f, uv_y: vec2f, front: bool) -> vec3f {
    let slope = -relief.xy / max(relief.z, 1e-4) * vec2f(item.size.x, -item.size.y);  // along uv
    let r1 = cross(at_y, n);
    let r2 = cross(n, at_x);
    let area = dot(at_x, r1);
    let gradient = dot(slope, uv_x) * r1 + dot(slope, uv_y) * r2;
    let bent = select(area * n - gradient, gradient - area * n, front);
    let square = dot(bent, bent);
    return select(n, bent * inverseSqrt(max(square, 1e-38)), square > 1e-38);
}

fn plane_seen(at: vec3f, straight: bool) -> vec3f {
    return select(homogeneous_plane(at, item.source_origin.xyz), vec3f(at.xy, 1.0), straight);
}

// How fast uv changes at the plane's point q from how its homogeneous coordinates do.
fn plane_slope(q: vec2f, seen: vec3f, change: vec3f) -> vec2f {
    let slope = (change.xy - q * change.z) / (seen.z * vec2f(item.size.x, -item.size.y));
    // Nothing is known of it on the horizon itself.
    return select(vec2f(0.0), slope, abs(slope) < vec2f(1e6));
}

fn mapped_normal(uv: vec2f, uv_x: vec2f, uv_y: vec2f) -> vec3f {
    var n = textureSampleGrad(normal_map, smooth_sampler, uv, uv_x, uv_y).xyz;
    if !flag(SIGNED_NORMALS) {
        n = n * 2.0 - 1.0;
    }
    if flag(FLIP_Y) {
        n.y = -n.y;
    }
    n = vec3f(n.xy * item.material.z, n.z);
    let square = dot(n, n);
    return select(vec3f(0.0, 0.0, 1.0), n * inverseSqrt(max(square, 1e-30)), square > 1e-12);
}

fn coverage(uv: vec2f, uv_x: vec2f, uv_y: vec2f) -> f32 {
    let m = textureSampleGrad(matte_texture, smooth_sampler, uv, uv_x, uv_y);
    return clamp(select(m.a, dot(m.rgb, vec3f(0.2126, 0.7152, 0.0722)), flag(MATTE_IS_LUMA)), 0.0, 1.0);
}

// Where the picture is read for a fragment at uv: at `picked`, but not beyond a cut beside it.
fn uncut(uv: vec2f, picked: vec2f) -> vec2f {
    let size = vec2u(item.lattice);
    let at = uv * item.lattice - 0.5;
    let base = floor(at);
    let a = vec2u(clamp(base, vec2f(0.0), item.lattice - 1.0));
    let b = min(a + 1u, size - 1u);
    let own = (base + round(at - base) + 0.5) / item.lattice;
    let x = torn_way(a, vec2u(b.x, a.y), size) || torn_way(vec2u(a.x, b.y), b, size);
    let y = torn_way(a, vec2u(a.x, b.y), size) || torn_way(vec2u(b.x, a.y), b, size);
    return select(picked, own, vec2<bool>(x, y));
}

// Everything there is to know of the point that a fragment shows. Must be called before any
// discard: it takes derivatives.
fn point_of(in: Varying, front: bool) -> Point {
    var out: Point;
    var at = in.at;
    var normal = in.normal;
    var uv = in.uv;
    let along_normal = flag(ALONG_NORMAL);
    var world_at = to_world(at);
    let at_x = dpdxFine(world_at);
    let at_y = dpdyFine(world_at);
    let item_x = dpdxFine(at);
    let item_y = dpdyFine(at);
    var uv_x = dpdxFine(uv);
    var uv_y = dpdyFine(uv);
    if KIND != MESH {
        // Differences of uv would be wrong where the pixel beside this one lies beyond the horizon
        // of a steep triangle; in homogeneous coordinates all is linear on the screen.
        let w = planar_z(world_at);
        let straight = along_normal || KIND == PLANE;
        let plane = plane_seen(at, straight);
        let q = plane.xy / plane.z;
        let seen = plane / w;
        uv = uv_of_plane(q, item.size);
        uv_x = plane_slope(q, seen, dpdxFine(seen));
        uv_y = plane_slope(q, seen, dpdyFine(seen));
        // Rounding may carry a pixel of a triangle that runs almost along the view over its end.
        if !(w > 0.0 && w < 1e30) {
            at = in.corner;
            world_at = to_world(at);
            let end = plane_seen(at, straight);
            uv = uv_of_plane(end.xy / end.z, item.size);
        }
    }
    // Anti-aliasing moves the edges, not the picture: texels are read at the pixel's centre, so
    // that a picture seen one to one stays exactly what it was.
    var picked = uv - uv_x * view.jitter.x - uv_y * view.jitter.y;
    if KIND != MESH {
        picked = clamp(picked, vec2f(0.0), vec2f(1.0));
    }
    out.uv = picked;
    if KIND >= TORN && KIND <= TORN_GRID_FULL {
        picked = uncut(uv, picked);
    }

    if KIND == BACKGROUND {  // two layers in one picture; no texel is read from the other
        let half_texel = 0.5 / vec2f(textureDimensions(colour_texture));
        let layer = 0.5 * round(in.uv.y);
        picked.y = clamp(0.5 * picked.y + layer, layer + half_texel.y, layer + 0.5 - half_texel.y);
    }

    var colour = vec4f(item.colour.rgb, 1.0);
    if flag(HAS_COLOUR) {
        colour *= textureSampleGrad(colour_texture, smooth_sampler, picked, uv_x, uv_y);
    }
    if flag(HAS_MATTE) {
        let straight = select(vec3f(0.0), colour.rgb / colour.a, colour.a > 0.0);
        let a = coverage(picked, uv_x, uv_y);
        colour = vec4f(straight * a, a);
    }
    out.colour = vec4f(colour.rgb, 1.0);
    if flag(SOFT | PIERCED) {
        out.colour = colour * in.opacity;
    }
    if KIND == BACKGROUND && left_out(at, uv) {
        out.colour = vec4f(0.0);
    }
    out.albedo = out.colour;
    if flag(DIFFUSE_MAP) {
        let diffuse = textureSampleGrad(diffuse_map, smooth_sampler, picked, uv_x, uv_y);
        let straight = select(diffuse.rgb, diffuse.rgb / diffuse.a, diffuse.a > 0.0);
        out.albedo = vec4f(item.colour.rgb * straight * out.colour.a, out.colour.a);
    }
    out.at = at;
    if KIND == MESH && flag(FORWARD_MAP | BACKWARD_MAP) {
        let area = uv_x.x * uv_y.y - uv_x.y * uv_y.x;
        let share = select(0.0, 1.0 / area, abs(area) > 1e-30);
        out.at_u = (item_x * uv_y.y - item_y * uv_x.y) * share;
        out.at_v = (item_y * uv_x.x - item_x * uv_y.x) * share;
    }

    var moved = at;
    if KIND == PLANE && flag(HAS_Z) {
        moved = displaced(at.xy, depth_ratio(uv, at.xy), item.source_origin.xyz, along_normal);
    }
    if KIND == MESH && flag(HAS_Z) {
        moved += normal * item.source_origin.z * (1.0 - depth_ratio(uv, vec2f(0.0)));
    }
    out.shading_at = world_at;
    if KIND == BACKGROUND {
        // Light meets it where it belongs: the rim that hides it casts no shadow on it.
        let straight = vec3f(at.xy, at.z - (at.z - item.source_origin.z) * (1.0 - 1.0 / FARTHER));
        let along_ray = mix(item.source_origin.xyz, at, 1.0 / FARTHER);
        out.shading_at = to_world(select(along_ray, straight, along_normal));
    }
    out.drawn_at = select(world_at, to_world(moved), flag(DISPLACE));
    out.shown_at = select(world_at, to_world(moved), flag(Z_PASS));

    if flag(RELIEF_NORMALS) {
        let relief = textureSampleGrad(relief_normals, smooth_sampler, picked, uv_x, uv_y).xyz;
        if KIND == MESH {
            normal = raised_normal(relief, normalize(normal), item_x, item_y, uv_x, uv_y, front);
        } else {
            normal = relief;
        }
    }
    var world_normal = normalize((item.normal_matrix * vec4f(normal, 0.0)).xyz);
    if flag(NORMAL_MAP) {
        let n = mapped_normal(picked, uv_x, uv_y);
        if KIND == MESH {
            world_normal = normalize(mesh_frame(world_normal, at_x, at_y, uv_x, uv_y) * n);
        } else {
            world_normal = normalize((item.normal_matrix * vec4f(n, 0.0)).xyz);
        }
    }
    out.normal = select(-world_normal, world_normal, front != flag(MIRRORED));
    let facet = cross(at_y, at_x);  // y runs down the screen
    let area = dot(facet, facet);
    out.facet = select(out.normal, facet * inverseSqrt(max(area, 1e-38)), area > 1e-38);
    return out;
}

// Depth for the depth buffer, and planar Z, of a world point.
fn buffer_depth(p: vec3f) -> f32 {
    let clip = view.view_proj * vec4f(p, 1.0);
    // Behind the camera a replaced depth has no place: it is in front of everything. However far, it
    // is in front of what is empty.
    return select(1.0, clamp(clip.z / clip.w, FARTHEST, 1.0), clip.w > 0.0);
}

fn planar_z(p: vec3f) -> f32 {
    return (view.view_proj * vec4f(p, 1.0)).w;
}

fn clipped(p: vec3f) -> bool {
    if !flag(CLIPPED) {
        return false;
    }
    let z = planar_z(p);
    return (z < view.clip.x) | (z > view.clip.y);
}
