using EmbodiedRL.Core;

namespace EmbodiedRL.Simulation.Physics;

/// <summary>Editable model: masses, frictions, gains and colors can be changed at run time. Owns its own copy of all of them.</summary>
/// <remarks>
/// Made by <see cref="MujocoModel.Copy"/>, since a model itself is read by many threads. Nobody may step its states while it is edited.
/// Indices and addresses (names ending in id, adr, num) hold the model together: changing one of them is as bad as a wrong pointer.
/// </remarks>
public sealed class EditableModel : IDisposable
{
    private PhysicsView? _scratch;

    internal EditableModel(MujocoModel model) => Model = model;

    /// <summary>What states are made of; lent, it lives as long as this.</summary>
    public MujocoModel Model { get; }

    /// <summary>An array of the model by MuJoCo's name, e.g. <c>geom_friction</c> [ngeom, 3], row-major; the model's own memory.</summary>
    /// <exception cref="UnknownNameException">There is no such array.</exception>
    /// <exception cref="SpecMismatchException">Its elements are of another type.</exception>
    public Span<T> Array<T>(string name) where T : unmanaged => Model.Writable<T>(name);

    /// <summary>Numbers that lie in the model itself, e.g. <c>opt.gravity</c>; the model's own memory. Sizes are not among them.</summary>
    /// <exception cref="UnknownNameException">There are none of this name.</exception>
    /// <exception cref="SpecMismatchException">They are of another type, or a size, which cannot be changed.</exception>
    public Span<T> Numbers<T>(string name) where T : unmanaged => name.Contains('.', StringComparison.Ordinal)
        ? Model.WritableNumbers<T>(name)
        : throw new SpecMismatchException($"'{name}'", "a number that may be changed, e.g. opt.timestep", "a size of the model");

    /// <summary>
    /// Computes anew what MuJoCo derives from masses, inertias, positions and the like (mj_setConst): the masses of subtrees, the weights
    /// of constraints, the model's extent. Call it after editing one of these.
    /// </summary>
    /// <exception cref="CorruptFileException">An edited number is one that nothing can be simulated with.</exception>
    /// <exception cref="EmbodiedException">The engine gave up; carries its word.</exception>
    public void UpdateConstants()
    {
        ModelCheck.Require(Model);
        _scratch ??= new PhysicsView(Model);
        _scratch.UpdateConstants();
    }

    /// <summary>Frees MuJoCo's memory as soon as nothing uses it.</summary>
    public void Dispose()
    {
        _scratch?.Dispose();
        Model.Dispose();
    }
}
