// What every vertex shader knows: where the geom stands, who looks, where the tile lies. One instance is one environment.

layout(location = 0) in vec3 place;      // meters
layout(location = 1) in vec3 rowX;       // rows of the rotation, local to world
layout(location = 2) in vec3 rowY;
layout(location = 3) in vec3 rowZ;

#ifdef OWN_VIEW
layout(location = 4) in vec4 eye;        // meters; w: tangent of half the width
layout(location = 5) in vec4 right;      // w: tangent of half the height
layout(location = 6) in vec4 up;         // w: tangent by which the middle lies right of where the camera looks
layout(location = 7) in vec4 forward;    // w: likewise above
#else
uniform vec4 eye, right, up, forward;
#endif

#ifdef OWN_COLOR
layout(location = 8) in vec4 ownColor;
#endif
#ifdef OWN_TEXTURE
layout(location = 9) in float ownTexture;
uniform float chosenTexture;
#endif
#ifdef RANKED
layout(location = 10) in float rank;
uniform float chosenRank;
#endif

layout(std140, binding = 0) uniform Shape {
    vec4 size;       // half-axes in meters; w: radius of a capsule that holds the shape
    vec4 axis;       // half-axis of that capsule; w: 1 for planes without end
    vec4 material;   // specular strength, -, emission, reflectance
    vec4 map;        // texture coordinates: (s, t) = xy * local xy + zw
    vec4 cube;       // coordinates in a cube texture: local xyz * xyz
    vec4 color;
} shape;

uniform ivec4 tiles;     // pixels a side, tiles a column, framebuffer width, height
uniform vec4 range;      // near, far, 1 / near, 1 / (1 / near - 1 / far)
uniform float dim;       // multiplies all colors: how much a mirror shows

vec4 paint() {
#ifdef OWN_COLOR
    return vec4(ownColor.rgb * dim, ownColor.a);
#else
    return vec4(shape.color.rgb * dim, shape.color.a);
#endif
}

// Whether this instance is left to another draw.
bool isSkipped() {
#ifdef OWN_TEXTURE
    if (ownTexture != chosenTexture) return true;
#endif
#ifdef RANKED
    if (rank != chosenRank) return true;
#endif
    return false;
}

// World vectors into local ones: rows of the rotation are columns here.
mat3 toLocal() { return mat3(rowX, rowY, rowZ); }

mat3 viewAxes() { return mat3(right.xyz, up.xyz, forward.xyz); }

uniform int firstTile;   // of the first instance

vec2 tileOrigin() {
    int tile = firstTile + gl_InstanceID;
    return vec2(tile / tiles.y, tile % tiles.y) * float(tiles.x);
}

// Direction of a point of the picture, xy in [-1, 1], in camera axes.
vec3 viewRay(vec2 xy) { return vec3(xy * vec2(eye.w, right.w) + vec2(up.w, forward.w), 1.0); }

// The other way round: a point in camera axes, in clip coordinates before the tile.
vec2 picture(vec3 p) { return (p.xy - p.z * vec2(up.w, forward.w)) / vec2(eye.w, right.w); }

// Clip coordinates of a point of the picture: xy in [-w, w] spans the tile. Row 0 of memory is the top of the picture.
vec4 put(vec2 xy, float z, float w) {
    gl_ClipDistance[0] = w - xy.x;
    gl_ClipDistance[1] = w + xy.x;
    gl_ClipDistance[2] = w - xy.y;
    gl_ClipDistance[3] = w + xy.y;
    vec2 scale = float(tiles.x) / vec2(tiles.zw);
    vec2 center = (tileOrigin() + 0.5 * float(tiles.x)) / vec2(tiles.zw) * 2.0 - 1.0;
    return vec4(vec2(xy.x, -xy.y) * scale + center * w, z, w);
}

// The same of a point in camera axes, with its depth.
vec4 putPoint(vec3 p) {
    float depth = (p.z * range.z - 1.0) * range.w;
    return put(picture(p), 2.0 * depth - p.z, p.z);
}

vec4 nowhere() {
    gl_ClipDistance[0] = gl_ClipDistance[1] = gl_ClipDistance[2] = gl_ClipDistance[3] = -1.0;
    return vec4(2.0, 2.0, 2.0, 1.0);
}

// Triangles that cross the edge of a tile are cut one by one, which costs more than filling them: so what can keep to its tile does.
vec4 putInside(vec2 xy, float z) {
    vec2 scale = float(tiles.x) / vec2(tiles.zw);
    vec2 center = (tileOrigin() + 0.5 * float(tiles.x)) / vec2(tiles.zw) * 2.0 - 1.0;
    return vec4(clamp(vec2(xy.x, -xy.y), -1.0, 1.0) * scale + center, z, 1.0);
}

// 1 / depth of a plane at a point of the picture is x + y * across + z * up. normal: world, unit; height: of the eye above the plane.
vec3 nearness(vec3 normal, float height) {
    vec3 n = normal * viewAxes();
    return -vec3(n.z + n.x * up.w + n.y * forward.w, n.x * eye.w, n.y * right.w) / height;
}

float at(vec3 f, vec2 xy) { return f.x + f.y * xy.x + f.z * xy.y; }

// Corner k of a trapezoid within the picture that holds all of it where low <= f <= high.
vec2 band(vec3 f, float low, float high, int k) {
    bool turned = abs(f.y) > abs(f.z);
    float steep = turned ? f.y : f.z, slope = turned ? f.z : f.y;
    if (abs(steep) < 1e-9 * abs(f.x)) return vec2(k & 1, k >> 1) * 2.0 - 1.0;
    vec2 ends = vec2(-slope, slope) + f.x;
    vec2 bottom = ((steep > 0.0 ? low : high) - ends) / steep, top = ((steep > 0.0 ? high : low) - ends) / steep;
    if (min(bottom.x, bottom.y) < -1.0) bottom = vec2(-1.0);
    if (max(top.x, top.y) > 1.0) top = vec2(1.0);
    float along = clamp((k >> 1) == 0 ? bottom[k & 1] : top[k & 1], -1.0, 1.0);
    float across = (k & 1) == 0 ? -1.0 : 1.0;
    return turned ? vec2(along, across) : vec2(across, along);
}
