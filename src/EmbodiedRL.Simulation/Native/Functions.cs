using System.Runtime.InteropServices;

namespace EmbodiedRL.Simulation.Native;

/// <summary>MuJoCo's functions, declared as in mujoco.h; only those that are used.</summary>
/// <remarks>
/// Handles and pointers are opaque here: what lies behind them is read by the tables of <see cref="Layout"/>. A function that takes handles
/// keeps their memory while it runs, and throws once they are disposed; one that takes addresses leaves that to its caller.
/// </remarks>
internal static unsafe partial class Functions
{
    internal const string Library = "mujoco";

    [LibraryImport(Library, EntryPoint = "mj_version")]
    internal static partial int Version();

    [LibraryImport(Library, EntryPoint = "mj_loadXML", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint LoadXml(string file, void* files, byte* error, int errorSize);

    [LibraryImport(Library, EntryPoint = "mj_deleteModel")]
    internal static partial void DeleteModel(nint model);

    [LibraryImport(Library, EntryPoint = "mj_makeData")]
    internal static partial nint MakeData(nint model);

    [LibraryImport(Library, EntryPoint = "mj_deleteData")]
    internal static partial void DeleteData(nint data);

    [LibraryImport(Library, EntryPoint = "mj_name2id", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int NameToId(nint model, int type, string name);

    [LibraryImport(Library, EntryPoint = "mj_id2name")]
    internal static partial byte* IdToName(nint model, int type, int id);

    [LibraryImport(Library, EntryPoint = "mj_resetData")]
    internal static partial void ResetData(ModelHandle model, DataHandle data);

    [LibraryImport(Library, EntryPoint = "mj_resetDataKeyframe")]
    internal static partial void ResetDataKeyframe(ModelHandle model, DataHandle data, int key);

    // The engine runs long and calls back, so the collector must be able to work meanwhile: no suppressed transition.
    [LibraryImport(Library, EntryPoint = "mj_step")]
    internal static partial void Step(nint model, nint data);

    [LibraryImport(Library, EntryPoint = "mj_tendon")]
    internal static partial void Tendon(nint model, nint data);

    [LibraryImport(Library, EntryPoint = "mj_camlight")]
    internal static partial void CamLight(nint model, nint data);

    [LibraryImport(Library, EntryPoint = "mj_versionString")]
    internal static partial byte* VersionString();

    /// <summary>2.2.2 only.</summary>
    [LibraryImport(Library, EntryPoint = "mj_sizeModel")]
    internal static partial int SizeOfModel(nint model);

    /// <summary>3.0 and later.</summary>
    [LibraryImport(Library, EntryPoint = "mj_sizeModel")]
    internal static partial long LongSizeOfModel(nint model);

    [LibraryImport(Library, EntryPoint = "mj_rne")]
    internal static partial void Rne(ModelHandle model, DataHandle data, int withAcceleration, double* result);

    [LibraryImport(Library, EntryPoint = "mj_energyPos")]
    internal static partial void PotentialEnergy(ModelHandle model, DataHandle data);

    [LibraryImport(Library, EntryPoint = "mj_energyVel")]
    internal static partial void KineticEnergy(ModelHandle model, DataHandle data);

    /// <summary>Before 3.17: of the matrix that is given.</summary>
    [LibraryImport(Library, EntryPoint = "mj_fullM")]
    internal static partial void FullMassMatrixOf(ModelHandle model, double* into, double* sparse);

    /// <summary>3.17 and later: of the state.</summary>
    [LibraryImport(Library, EntryPoint = "mj_fullM")]
    internal static partial void FullMassMatrix(ModelHandle model, DataHandle data, double* into);

    [LibraryImport(Library, EntryPoint = "mj_mulM")]
    internal static partial void MultiplyByMass(ModelHandle model, DataHandle data, double* result, double* vector);

    [LibraryImport(Library, EntryPoint = "mj_solveM")]
    internal static partial void SolveMass(ModelHandle model, DataHandle data, double* result, double* right, int count);

    [LibraryImport(Library, EntryPoint = "mj_mulJacVec")]
    internal static partial void MultiplyByConstraints(ModelHandle model, DataHandle data, double* result, double* vector);

    [LibraryImport(Library, EntryPoint = "mj_jac")]
    internal static partial void Jacobian(ModelHandle model, DataHandle data, double* position, double* rotation, double* point, int body);

    [LibraryImport(Library, EntryPoint = "mj_jacBody")]
    internal static partial void JacobianOfBody(ModelHandle model, DataHandle data, double* position, double* rotation, int body);

    [LibraryImport(Library, EntryPoint = "mj_jacBodyCom")]
    internal static partial void JacobianOfCenter(ModelHandle model, DataHandle data, double* position, double* rotation, int body);

    [LibraryImport(Library, EntryPoint = "mj_jacGeom")]
    internal static partial void JacobianOfGeom(ModelHandle model, DataHandle data, double* position, double* rotation, int geom);

    [LibraryImport(Library, EntryPoint = "mj_jacSite")]
    internal static partial void JacobianOfSite(ModelHandle model, DataHandle data, double* position, double* rotation, int site);

    [LibraryImport(Library, EntryPoint = "mj_objectVelocity")]
    internal static partial void ObjectVelocity(ModelHandle model, DataHandle data, int type, int id, double* result, int local);

    [LibraryImport(Library, EntryPoint = "mj_contactForce")]
    internal static partial void ContactForce(ModelHandle model, DataHandle data, int contact, double* result);

    [LibraryImport(Library, EntryPoint = "mj_applyFT")]
    internal static partial void ApplyForce(ModelHandle model, DataHandle data, double* force, double* torque, double* point,
        int body, double* target);

    /// <summary>Before 3.17.</summary>
    [LibraryImport(Library, EntryPoint = "mj_ray")]
    internal static partial double Ray(ModelHandle model, DataHandle data, double* origin, double* vector, byte* groups, byte isStaticHit,
        int excludedBody, int* geom);

    /// <summary>3.17 and later: also the surface's direction.</summary>
    [LibraryImport(Library, EntryPoint = "mj_ray")]
    internal static partial double RayWithNormal(ModelHandle model, DataHandle data, double* origin, double* vector, byte* groups,
        byte isStaticHit, int excludedBody, int* geom, double* normal);

    [LibraryImport(Library, EntryPoint = "mj_integratePos")]
    internal static partial void IntegratePositions(ModelHandle model, double* positions, double* velocities, double time);

    [LibraryImport(Library, EntryPoint = "mj_differentiatePos")]
    internal static partial void DifferentiatePositions(ModelHandle model, double* velocities, double time, double* from, double* to);

    [LibraryImport(Library, EntryPoint = "mjd_transitionFD")]
    internal static partial void TransitionDerivatives(ModelHandle model, DataHandle data, double step, byte isCentered, double* a,
        double* b, double* c, double* d);

    /// <summary>3.0 and later.</summary>
    [LibraryImport(Library, EntryPoint = "mj_stateSize")]
    internal static partial int StateSize(nint model, int parts);

    [LibraryImport(Library, EntryPoint = "mju_mulQuat"), SuppressGCTransition]
    internal static partial void MultiplyQuaternions(double* result, double* first, double* second);

    [LibraryImport(Library, EntryPoint = "mju_negQuat"), SuppressGCTransition]
    internal static partial void ConjugateQuaternion(double* result, double* quaternion);

    [LibraryImport(Library, EntryPoint = "mju_rotVecQuat"), SuppressGCTransition]
    internal static partial void RotateVector(double* result, double* vector, double* quaternion);

    [LibraryImport(Library, EntryPoint = "mju_axisAngle2Quat"), SuppressGCTransition]
    internal static partial void QuaternionOfAngle(double* result, double* axis, double angle);

    [LibraryImport(Library, EntryPoint = "mju_quat2Mat"), SuppressGCTransition]
    internal static partial void MatrixOfQuaternion(double* result, double* quaternion);

    [LibraryImport(Library, EntryPoint = "mju_mat2Quat"), SuppressGCTransition]
    internal static partial void QuaternionOfMatrix(double* result, double* matrix);

    [LibraryImport(Library, EntryPoint = "mju_subQuat"), SuppressGCTransition]
    internal static partial void SubtractQuaternions(double* result, double* first, double* second);

    [LibraryImport(Library, EntryPoint = "mju_quatIntegrate"), SuppressGCTransition]
    internal static partial void IntegrateQuaternion(double* quaternion, double* velocity, double time);

    [LibraryImport(Library, EntryPoint = "mju_quatZ2Vec"), SuppressGCTransition]
    internal static partial void QuaternionToAxis(double* result, double* vector);

    [LibraryImport(Library, EntryPoint = "mj_defaultVFS")]
    internal static partial void DefaultFiles(void* files);

    [LibraryImport(Library, EntryPoint = "mj_deleteVFS")]
    internal static partial void DeleteFiles(void* files);

    /// <summary>2.2.2 only.</summary>
    [LibraryImport(Library, EntryPoint = "mj_makeEmptyFileVFS", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int MakeEmptyFile(void* files, string name, int size);

    /// <summary>2.2.2 only.</summary>
    [LibraryImport(Library, EntryPoint = "mj_findFileVFS", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int FindFile(void* files, string name);

    /// <summary>3.0 and later.</summary>
    [LibraryImport(Library, EntryPoint = "mj_addBufferVFS", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int AddBuffer(void* files, string name, void* buffer, int size);
}
