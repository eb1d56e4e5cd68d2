using EmbodiedRL.Core;

namespace EmbodiedRL.Faults;

/// <summary>Inputs of one kind.</summary>
internal abstract class FaultFamily
{
    /// <summary>What the inputs are.</summary>
    public abstract string Name { get; }

    /// <summary>Of so many inputs in all, how many are of this family, in percent.</summary>
    public abstract int Share { get; }

    /// <summary>Makes the undamaged input and learns what the verb answers to it.</summary>
    /// <param name="folder">The family's own.</param>
    /// <param name="ask">Runs a verb; throws unless it ends well, and gives what it wrote.</param>
    public virtual Task PrepareAsync(string folder, Func<string[], Task<string>> ask) => Task.CompletedTask;

    /// <summary>Makes a damaged input.</summary>
    /// <param name="index">The first ones are the known troublemakers, if the family has any.</param>
    /// <param name="rng">Of this input alone.</param>
    /// <param name="folder">Of this input alone; it is removed afterwards.</param>
    public abstract FaultCase Make(int index, ref Rng rng, string folder);
}
