// Where the vertices of an extruded surface lie, for each way in which its meshes number them. Part of
// draw.wgsl, whose blocks, textures and constants it uses.
// requires: surface, torn

fn grid_point(index: u32, instance: u32) -> vec3f {
    let local = vec2u(index % (TILE + 1u), index / (TILE + 1u));
    let tile = vec2u(instance % item.grid.w, instance / item.grid.w) * TILE;
    let count = item.grid.xy;
    let v = min(tile + local, count - 1u);
    // The border columns lie on the surface's edge, the others on pixel centres.
    let inner = min((max(v, vec2u(1u)) - 1u) * item.grid.z, vec2u(item.lattice) - 1u);
    var uv = (vec2f(inner) + 0.5) / item.lattice;
    uv = select(uv, vec2f(0.0), v == vec2u(0u));
    uv = select(uv, vec2f(1.0), v + 1u == count);
    let q = plane_of_uv(uv, item.size);
    return displaced(q, number_at(v.y * count.x + v.x), item.source_origin.xyz, flag(ALONG_NORMAL));
}

// A vertex of the lattice of pixel centres, with a column and row more on each border. Its depth is
// read where it is: a mesh that needs few vertices reads little.
fn lattice_point(v: vec2u) -> vec3f {
    let cells = item.grid.xy;
    let pixel = min(max(v, vec2u(1u)) - 1u, vec2u(item.lattice) - 1u);
    let inner = plane_of_uv((vec2f(pixel) + 0.5) / item.lattice, item.size);
    let plane = plane_depth(inner, item.source_z);
    let z = textureLoad(surface_z, pixel, 0).x;
    let uv = clamp(vec2f(v) - 0.5, vec2f(0.0), item.lattice) / item.lattice;
    let q = plane_of_uv(uv, item.size);
    return displaced(q, select(1.0, z / plane, plane > 1e-6), item.source_origin.xyz, flag(ALONG_NORMAL));
}

fn numbered_point(index: u32) -> vec3f {
    let block = index >> 8u;
    let corner = vec2u(block % item.grid.z, block / item.grid.z) * 16u;
    return lattice_point(corner + vec2u(index & 15u, (index >> 4u) & 15u));
}

fn tiled_point(index: u32, instance: u32) -> vec3f {
    let local = vec2u(index % (TILE + 1u), index / (TILE + 1u));
    let tile = vec2u(instance % item.grid.w, instance / item.grid.w) * TILE;
    return lattice_point(min(tile + local, item.grid.xy));
}

// A vertex of a grid with torn cells: its place on the plane, and depth / plane depth.
fn torn_vertex(v: vec2u, count: vec2u, step: u32) -> vec3f {
    let pixel = vertex_pixel(v, count, step, vec2u(item.lattice));
    let inner = (vec2f(pixel) + 0.5) / item.lattice;
    let plane = plane_depth(plane_of_uv(inner, item.size), item.source_z);
    let z = textureLoad(surface_z, pixel, 0).x;
    let uv = select(select(inner, vec2f(1.0), v + 1u == count), vec2f(0.0), v == vec2u(0u));
    return vec3f(plane_of_uv(uv, item.size), select(1.0, z / plane, plane > 1e-6));
}

// A point of a cell (torn.wgsl). Of a cell that is whole its four triangles make two.
fn torn_place(v: vec2u, code: u32, count: vec2u, step: u32) -> vec3f {
    let kind = code >> 2u;
    var k = code & 3u;
    let next = (k + 1u) & 3u;
    if kind == CORNER {
        return torn_vertex(v + corner_offset(k), count, step);
    }
    let sides = torn_sides(v, count, step, vec2u(item.lattice));
    if kind == CENTRE {
        if sides == 0u {
            return torn_vertex(v + corner_offset(1u), count, step);
        }
        let part = torn_part(sides, k);
        var place = vec2f(0.0);
        var height = 0.0;
        for (var i = 0u; i < 4u; i++) {
            k = (part.x + i) & 3u;
            let corner = torn_vertex(v + corner_offset(k), count, step);
            place += 0.25 * corner.xy;
            // What is linear over a triangle: 1 / depth along rays, depth along the normal.
            let t = select(1.0 / corner.z, corner.z, flag(ALONG_NORMAL));
            height += select(0.0, t / f32(part.y), i < part.y);
        }
        return vec3f(place, select(1.0 / height, height, flag(ALONG_NORMAL)));
    }
    let b = torn_vertex(v + corner_offset(next), count, step);
    if ((sides >> k) & 1u) == 0u {
        return b;
    }
    let a = torn_vertex(v + corner_offset(k), count, step);
    return vec3f(0.5 * (a.xy + b.xy), select(b.z, a.z, kind == BEFORE));
}

fn torn_point(v: vec2u, code: u32, count: vec2u, step: u32) -> vec3f {
    let p = torn_place(v, code, count, step);
    return displaced(p.xy, p.z, item.source_origin.xyz, flag(ALONG_NORMAL));
}

fn torn_listed(index: u32) -> vec3f {
    let vertex = index >> 4u;
    let block = vertex >> 8u;
    let corner = vec2u(block % item.grid.z, block / item.grid.z) * 16u;
    return torn_point(corner + vec2u(vertex & 15u, (vertex >> 4u) & 15u), index & 15u, item.grid.xy + 1u, 1u);
}

fn torn_tiled(index: u32, instance: u32, count: vec2u, step: u32) -> vec3f {
    let local = vec2u((index >> 4u) % TILE, (index >> 4u) / TILE);
    let cell = vec2u(instance % item.grid.w, instance / item.grid.w) * TILE + local;
    // Cells beyond the end have no area.
    let code = select(index & 15u, 2u, any(cell + 1u >= count));
    return torn_point(min(cell, count - 2u), code, count, step);
}
