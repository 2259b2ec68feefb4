// What whole numbers cut into terraces is a slope again: to each value of a map the one of a smooth
// surface that stays within half a step of it, so that outlines stay where they are.
//
// Over cells of a few pixels, and over four of them, and so on, lie planes: each the mean of what it
// covers and its slope, of parts that go on from each other. From the coarsest down a cell takes what
// the planes above it say together (a partition of unity by quadratic B-splines: Babuska and Melenk,
// 1997), as far as its own mean allows: that of a terrace is off by up to half a step, that of a
// slope over several steps by little. So a surface is as smooth as what is stored leaves it, over
// whatever distance, and nothing is said that is not.
// Heights are counted in steps of the map's numbers.
// uniforms: Steps
@group(0) @binding(0) var<storage, read> u: Steps;
@group(0) @binding(1) var depth_map: texture_2d<f32>;
// Planes of all levels: height in the middle, slope along x and y per pixel, share that is covered.
@group(0) @binding(2) var<storage, read_write> found: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> said: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> made: array<vec4f>;
@group(0) @binding(5) var result: texture_storage_2d<rg32float, write>;

const OUTLINE = 1.5;  // steps between neighbours: no terrace has so many
const GOES_ON = 1.0;  // steps by which two planes may differ where they meet, and be of one surface
const LIKE = 0.75;    // steps: a plane that says a height so close to what is there counts
const UNLIKE = 1.5;   // one that says another is of something else
const ENOUGH = 0.05;  // a share of planes above which they are heard
const BESIDE = 0.5;   // how much a neighbour counts where a plane is laid through cells
const STILL = 1e-3;   // of a step: what would move by less stays exactly what it is
const FIRM = 1e-3;    // of a slope that is only known from one side

// -- planes of what is there --

// (height in steps, whether it is there to be smoothed)
fn stored(p: vec2i) -> vec2f {
    let texel = textureLoad(depth_map, p, 0).xy;
    let inside = all(p < vec2i(u.size));
    return vec2f(texel.x / u.step, select(0.0, 1.0, inside && is_free(texel)));
}

// Not what is missing, nor values that stand for something else than a depth.
fn is_free(texel: vec2f) -> bool {
    return texel.y > 0.0 && texel.x > u.lowest && texel.x < u.highest
        && abs(texel.x - u.nothing) > 0.25 * u.step;
}

fn is_cut(a: vec2f, b: vec2f) -> bool {
    return a.y * b.y > 0.0 && abs(a.x - b.x) >= OUTLINE;
}

// The plane of 4 x 4 pixels from `first` on; none where an outline runs through them.
fn plane_of_pixels(first: vec2i) -> vec4f {
    let zero = stored(first).x;  // heights are summed from here: less is lost
    var sums = vec4f(0.0);  // of height, height times x, times y, and count
    var cut = false;
    var above = array<vec2f, 4>();
    for (var y = 0; y < 4; y++) {
        var left = vec2f(0.0);
        for (var x = 0; x < 4; x++) {
            let here = stored(first + vec2i(x, y));
            cut = cut || is_cut(left, here) || is_cut(above[x], here);
            sums += here.y * vec4f((here.x - zero) * vec3f(1.0, f32(x) - 1.5, f32(y) - 1.5), 1.0);
            left = here;
            above[x] = here;
        }
    }
    let mean = zero + sums.x / max(sums.w, 1.0);
    let slope = select(vec2f(0.0), sums.yz / 20.0, sums.w == 16.0);  // 20: the sum of x squared
    return vec4f(mean, slope, select(sums.w / 16.0, 0.0, cut || sums.w < 8.0));
}

// The plane over four, each `width` pixels wide, in rows; of those that go on from the largest.
fn joined(planes: array<vec4f, 4>, width: f32) -> vec4f {
    var parts = planes;
    var offsets = array<vec2f, 4>(vec2f(-0.5), vec2f(0.5, -0.5), vec2f(-0.5, 0.5), vec2f(0.5));
    var largest = parts[0];
    var from_where = offsets[0];
    for (var k = 1; k < 4; k++) {
        if parts[k].w > largest.w {
            largest = parts[k];
            from_where = offsets[k];
        }
    }
    for (var k = 0; k < 4; k++) {
        let half_way = 0.5 * width * (offsets[k] - from_where);
        let apart = largest.x + dot(largest.yz, half_way) - parts[k].x + dot(parts[k].yz, half_way);
        parts[k].w = select(0.0, parts[k].w, abs(apart) <= GOES_ON);
    }
    let weights = vec4f(parts[0].w, parts[1].w, parts[2].w, parts[3].w);
    let all = dot(weights, vec4f(1.0));
    if all <= 0.0 {
        return vec4f(0.0);
    }
    // The slope from one to the next where both are there, else their own.
    let across = min(weights.xz, weights.yw);
    let down = min(weights.xy, weights.zw);
    var slope = (weights.x * parts[0].yz + weights.y * parts[1].yz + weights.z * parts[2].yz
                 + weights.w * parts[3].yz) / all;
    let across_all = across.x + across.y;
    let down_all = down.x + down.y;
    if across_all > 0.0 {
        slope.x = (across.x * (parts[1].x - parts[0].x) + across.y * (parts[3].x - parts[2].x))
            / (across_all * width);
    }
    if down_all > 0.0 {
        slope.y = (down.x * (parts[2].x - parts[0].x) + down.y * (parts[3].x - parts[1].x))
            / (down_all * width);
    }
    var off = 0.0;
    for (var k = 0; k < 4; k++) {
        off += parts[k].w * (parts[k].x - largest.x - width * dot(slope, offsets[k]));
    }
    return vec4f(largest.x + off / all, slope, all / 4.0);
}

@compute @workgroup_size(8, 8) fn gather(@builtin(global_invocation_id) id: vec3u) {
    if all(id.xy < u.cells) {
        found[u.at + id.y * u.cells.x + id.x] = plane_of_pixels(4 * vec2i(id.xy));
    }
}

// Cells of 8 x 8 pixels at once, for maps that are so large that smaller ones do not fit.
@compute @workgroup_size(8, 8) fn gather_large(@builtin(global_invocation_id) id: vec3u) {
    if all(id.xy < u.cells) {
        let p = 8 * vec2i(id.xy);
        let parts = array<vec4f, 4>(plane_of_pixels(p), plane_of_pixels(p + vec2i(4, 0)),
                                    plane_of_pixels(p + vec2i(0, 4)), plane_of_pixels(p + 4));
        found[u.at + id.y * u.cells.x + id.x] = joined(parts, 4.0);
    }
}

fn finer_plane(p: vec2u) -> vec4f {
    let inside = all(p < u.finer);
    let q = min(p, u.finer - 1u);
    return select(vec4f(0.0), found[u.finer_at + q.y * u.finer.x + q.x], inside);
}

@compute @workgroup_size(8, 8) fn join(@builtin(global_invocation_id) id: vec3u) {
    if all(id.xy < u.cells) {
        let p = 2u * id.xy;
        let parts = array<vec4f, 4>(finer_plane(p), finer_plane(p + vec2u(1u, 0u)),
                                    finer_plane(p + vec2u(0u, 1u)), finer_plane(p + 1u));
        found[u.at + id.y * u.cells.x + id.x] = joined(parts, 0.5 * u.width);
    }
}

// -- down again --

fn spline(t: f32) -> vec3f {
    return vec3f(0.5 * (0.5 - t) * (0.5 - t), 0.75 - t * t, 0.5 * (0.5 + t) * (0.5 + t));
}

// 1 where what a plane says is like what is there, 0 where it is of something else.
fn likeness(apart: f32) -> f32 {
    let share = clamp((UNLIKE * UNLIKE - apart * apart) / (UNLIKE * UNLIKE - LIKE * LIKE), 0.0, 1.0);
    return share * share;
}

// The plane of a cell of a level, as it is after all; there is nothing outside.
fn plane_at(c: vec2i, cells: vec2u, first: u32) -> vec4f {
    let inside = clamp(c, vec2i(0), vec2i(cells) - 1);
    let plane = made[first + u32(inside.y) * cells.x + u32(inside.x)];
    return select(vec4f(0.0), plane, all(inside == c));
}

// The planes of three cells one below the other, from their middle: heights over a reference, slopes
// and weights, of the upper, the middle and the lower.
struct Column {
    heights: vec3f,
    across: vec3f,
    down: vec3f,
    weights: vec3f,
}

fn column(c: vec2i, cells: vec2u, first: u32, like: f32) -> Column {
    let a = plane_at(c - vec2i(0, 1), cells, first);
    let b = plane_at(c, cells, first);
    let d = plane_at(c + vec2i(0, 1), cells, first);
    return Column(vec3f(a.x, b.x, d.x) - like, vec3f(a.y, b.y, d.y), vec3f(a.z, b.z, d.z),
                  vec3f(a.w, b.w, d.w));
}

// What three columns say together at a point, in pixels from the middle of the cell in theirs: sums
// of weight, and of weight times height, slope across and slope down. width: of a cell, in pixels.
// like: the height that is there, with which each is compared.
fn summed(columns: array<Column, 3>, at: vec2f, width: f32, like: f32) -> vec4f {
    let across = spline(at.x / width);
    let down = spline(at.y / width);
    let y = at.y + vec3f(width, 0.0, -width);
    var sum = vec4f(0.0);
    for (var k = 0; k < 3; k++) {
        let c = columns[k];
        let heights = c.heights + (at.x + width * f32(1 - k)) * c.across + y * c.down;
        let off = heights - like;
        let weights = across[k] * down * c.weights
            * vec3f(likeness(off.x), likeness(off.y), likeness(off.z));
        sum += vec4f(dot(weights, vec3f(1.0)), dot(weights, heights), dot(weights, c.across),
                     dot(weights, c.down));
    }
    return sum;
}

// How far the mean of a cell may be off: on a terrace by half a step, over several by little.
fn slack(slope: vec2f) -> f32 {
    let steps = (abs(slope.x) + abs(slope.y)) * u.width;
    return min(0.5, 0.5 / max(1.0, 4.0 * steps) + 0.4 / u.width);
}

// What a level takes from that above it: four cells at a time, which lie under the same.
@compute @workgroup_size(8, 8) fn listen(@builtin(global_invocation_id) id: vec3u) {
    let above = vec2i(id.xy);
    if any(2u * id.xy >= u.cells) {
        return;
    }
    let width = 2.0 * u.width;
    let zero = found[u.at + 2u * (id.y * u.cells.x + id.x)].x;  // heights are over this
    var columns: array<Column, 3>;
    if u.coarser.x > 0u {
        for (var k = 0; k < 3; k++) {
            columns[k] = column(above + vec2i(k - 1, 0), u.coarser, u.coarser_at, zero);
        }
    }
    for (var k = 0u; k < 4u; k++) {
        let c = 2u * id.xy + vec2u(k & 1u, k >> 1u);
        if any(c >= u.cells) {
            continue;
        }
        let at = u.at + c.y * u.cells.x + c.x;
        let own = found[at];
        var plane = own;
        if u.coarser.x > 0u && own.w > 0.0 {
            let place = u.width * (vec2f(vec2u(k & 1u, k >> 1u)) - 0.5);
            let sum = summed(columns, place, width, own.x - zero);
            let trust = min(sum.x / ENOUGH, 1.0);
            let together = sum.yzw / max(sum.x, 1e-12);
            let slope = mix(own.yz, together.yz, trust);
            let most = slack(slope);
            let off = trust * (together.x + zero - own.x);
            plane = vec4f(own.x + clamp(off, -most, most), slope, own.w);
        }
        said[at] = plane;
    }
}

// The plane through a cell and those around it that go on from it (least squares), within the slack.
@compute @workgroup_size(8, 8) fn level(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= u.cells) {
        return;
    }
    let at = u.at + id.y * u.cells.x + id.x;
    let own = said[at];
    let mean = found[at].x;
    if own.w <= 0.0 {
        made[at] = own;
        return;
    }
    let slope = own.yz * u.width;
    var one = 1e-9;
    var firsts = vec2f(0.0);           // sums of x, y
    var seconds = vec3f(FIRM, 0.0, FIRM);  // of x x, x y, y y
    var heights = vec3f(0.0);          // of what is off, times 1, x, y
    for (var k = 0; k < 9; k++) {
        let d = vec2i(k % 3, k / 3) - 1;
        let c = vec2i(id.xy) + d;
        let inside = vec2u(clamp(c, vec2i(0), vec2i(u.cells) - 1));
        let next = said[u.at + inside.y * u.cells.x + inside.x];
        let way = vec2f(d);
        let off = next.x - own.x - dot(slope, way);
        let near = select(1.0, BESIDE, d.x != 0) * select(1.0, BESIDE, d.y != 0);
        let weight = select(0.0, next.w, all(vec2i(inside) == c)) * near * likeness(off);
        one += weight;
        firsts += weight * way;
        seconds += weight * vec3f(way.x * way.x, way.x * way.y, way.y * way.y);
        heights += weight * off * vec3f(1.0, way);
    }
    let system = mat3x3f(vec3f(one, firsts), vec3f(firsts.x, seconds.xy), vec3f(firsts.y, seconds.yz));
    let change = solved(system, heights);
    let most = slack((slope + change.yz) / u.width);
    let height = clamp(own.x + change.x, mean - most, mean + most);
    made[at] = vec4f(height, (slope + change.yz) / u.width, own.w);
}

// By Cramer's rule; the columns of m are its rows too.
fn solved(m: mat3x3f, v: vec3f) -> vec3f {
    let yz = cross(m[1], m[2]);
    let size = dot(m[0], yz);
    return vec3f(dot(v, yz), dot(v, cross(m[2], m[0])), dot(v, cross(m[0], m[1]))) / size;
}

// -- the map --

override CELL: i32 = 4;  // pixels along a side of the finest cells

// A pixel of the map at the height where it should lie, over `zero`, as far as there is trust in it.
fn write_pixel(p: vec2i, height: f32, trust: f32, zero: f32) {
    if any(p >= vec2i(u.size)) {
        return;
    }
    let texel = textureLoad(depth_map, p, 0);
    var value = texel.x;
    if is_free(texel.xy) {
        let off = trust * (height + zero - value / u.step);
        let wanted = value + clamp(off, -0.5, 0.5) * u.step;
        let held = clamp(wanted, min(u.low, value), max(u.high, value));
        value = select(value, held, abs(off) > STILL);
    }
    textureStore(result, p, vec4f(value, texel.y, 0.0, 0.0));
}

// The map's pixels under a cell. Where all of them are of one surface, only what the cells beside it
// are has to be compared, and not every pixel. Loops that end at once where there is nothing to do,
// because software adapters run both sides of every branch.
@compute @workgroup_size(8, 8) fn smooth_map(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= u.cells) {
        return;
    }
    let cell = vec2i(id.xy);
    let own = plane_at(cell, u.cells, u.at);
    let width = f32(CELL);
    let whole = own.w > 0.0;
    let zero = select(stored(CELL * cell).x, own.x, whole);
    var columns: array<Column, 3>;
    for (var k = 0; k < 3; k++) {
        var c = column(cell + vec2i(k - 1, 0), u.cells, u.at, zero);
        let middle = c.heights + width * (f32(1 - k) * c.across + vec3f(1.0, 0.0, -1.0) * c.down);
        let alike = vec3f(likeness(middle.x), likeness(middle.y), likeness(middle.z));
        c.weights *= select(vec3f(1.0), alike, whole);
        columns[k] = c;
    }
    let rows = select(0, CELL, whole);
    for (var row = 0; row < rows; row++) {
        // What each column says along the row: weight, height, and how that changes across.
        let y = f32(row) + 0.5 - 0.5 * width;
        let down = spline(y / width);
        var said_here: array<vec3f, 3>;
        for (var k = 0; k < 3; k++) {
            let c = columns[k];
            let weights = down * c.weights;
            let heights = c.heights + (y + vec3f(width, 0.0, -width)) * c.down;
            said_here[k] = vec3f(dot(weights, vec3f(1.0)), dot(weights, heights), dot(weights, c.across));
        }
        for (var k = 0; k < CELL; k++) {
            let x = f32(k) + 0.5 - 0.5 * width;
            let across = spline(x / width);
            let weights = across * vec3f(said_here[0].x, said_here[1].x, said_here[2].x);
            let weight = dot(weights, vec3f(1.0));
            let height = across.x * (said_here[0].y + (x + width) * said_here[0].z)
                + across.y * (said_here[1].y + x * said_here[1].z)
                + across.z * (said_here[2].y + (x - width) * said_here[2].z);
            write_pixel(CELL * cell + vec2i(k, row), height / weight, 1.0, zero);
        }
    }
    let pixels = select(CELL * CELL, 0, whole);
    for (var k = 0; k < pixels; k++) {
        let place = vec2i(k % CELL, k / CELL);
        let like = stored(CELL * cell + place).x - zero;
        let sum = summed(columns, vec2f(place) + 0.5 - 0.5 * width, width, like);
        write_pixel(CELL * cell + place, sum.y / max(sum.x, 1e-12), min(sum.x / ENOUGH, 1.0), zero);
    }
}
