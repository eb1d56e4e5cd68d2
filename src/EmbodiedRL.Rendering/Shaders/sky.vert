// Whatever nothing else covers: the faces of a cube around the eye, or a gradient from the top to the bottom of the picture.
#ifdef CUBED
uniform int face;            // right, left, up, down, front, back
#ifdef SPLIT
uniform float skySide;       // 1: what is above the horizon, where there is no haze; -1: below
#endif
out vec2 st;
#ifdef HAZY
out vec3 planeRay;           // with z along the normal of the first plane without end
out flat float height;       // of the eye above it
#endif
#else
#ifdef OWN_SKY
layout(location = 14) in vec3 skyTop;
layout(location = 15) in vec3 skyBottom;
#else
uniform vec3 skyTop, skyBottom;
#endif
out vec3 sky;
#endif

void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;
#ifdef CUBED
    // Coordinates in a face as OpenGL has them, of a cube that is turned so that its up is the world's.
    vec3 cube = face == 0 ? vec3(1.0, -corner.y, -corner.x) : face == 1 ? vec3(-1.0, -corner.y, corner.x)
              : face == 2 ? vec3(corner.x, 1.0, corner.y) : face == 3 ? vec3(corner.x, -1.0, -corner.y)
              : face == 4 ? vec3(corner.x, -corner.y, 1.0) : vec3(-corner.x, -corner.y, -1.0);
    vec3 ray = vec3(cube.x, -cube.z, cube.y);
    st = corner * 0.5 + 0.5;
    vec3 p = ray * viewAxes();
    gl_Position = put(picture(p), p.z, p.z);
#ifdef SPLIT
    gl_ClipDistance[4] = (toLocal() * ray).z * skySide;
#endif
#ifdef HAZY
    planeRay = toLocal() * ray;
    height = (toLocal() * (eye.xyz - place)).z;
#endif
#else
    sky = corner.y > 0.0 ? skyTop : skyBottom;
    gl_Position = put(corner, 1.0, 1.0);
#endif
}
