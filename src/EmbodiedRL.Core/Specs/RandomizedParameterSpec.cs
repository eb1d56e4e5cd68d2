namespace EmbodiedRL.Core.Specs;

/// <summary>Randomized parameter: a property of an environment that is sampled anew from episode to episode, beside its state.</summary>
/// <param name="Name">Unique within the environment, e.g. <c>mass</c>.</param>
/// <param name="Meaning">What is drawn and from what, for the generated tables.</param>
public sealed record RandomizedParameterSpec(string Name, string Meaning);
