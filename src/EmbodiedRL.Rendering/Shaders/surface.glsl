// What a fragment needs to know of its surface; worked out once for each thing, in its own axes. The masks have a bit for each lamp.

LINK flat vec3 origin;       // the eye
#ifdef LIT
LINK flat vec3 even;         // color under the light that is the same all over
LINK flat float opacity;
LINK flat vec3 head;         // color under the light at the camera, facing it
LINK flat vec3 headAt;       // unit, toward that light
LINK flat float shine;       // strength of highlights
#if LAMPS > 0
#ifdef MANY_LAMPS
// More than can be handed over: fragments work them out themselves from these.
LINK flat mat3 lampTurn;            // world vectors into local ones
LINK flat vec3 lampPlace;           // the thing's, meters
LINK flat vec3 lampPaint;
LINK flat int lampInstance;
#define LAMP_LINK
#else
#define LAMP_LINK LINK flat
#endif
LAMP_LINK vec3 lampAt[LAMPS];       // unit, toward a directional lamp; where any other one is
LAMP_LINK vec3 lampColor[LAMPS];   // color under the lamp, facing it
#if SPOTS != 0
LAMP_LINK vec4 lampAim[LAMPS];      // unit, where it shines to; w: cosine of half its cone
#endif
#if GLOWS != 0
LAMP_LINK vec3 lampGlow[LAMPS];     // color it adds wherever it reaches
#endif
#if SHADES != 0
LAMP_LINK vec3 shadeFrom[LAMPS];    // the lamp's own axes: (point * axes + from)
LAMP_LINK mat3 shadeAxes[LAMPS];
LINK flat vec2 shadeTile;           // corner of the environment's tile in the shadow maps
#endif
#endif
#endif
#ifdef NORMALS
LINK flat mat3 turn;         // world vectors into local ones
#endif
#ifdef CLIPPED
LINK flat vec4 clip;         // a plane: what lies below is not drawn
#endif
