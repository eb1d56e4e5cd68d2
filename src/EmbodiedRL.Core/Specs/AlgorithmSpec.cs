namespace EmbodiedRL.Core.Specs;

/// <summary>Algorithm spec: what an algorithm consumes.</summary>
/// <param name="RolloutSteps">T: steps of each environment between two updates.</param>
/// <param name="Reads">Blocks that its batches must hold.</param>
/// <param name="WarmupSteps">Environment steps that are collected by random actions before the policy acts; 0 for none.</param>
public sealed record AlgorithmSpec(
    int RolloutSteps,
    BatchFields Reads = BatchFields.Observations | BatchFields.Actions | BatchFields.LogProbabilities, long WarmupSteps = 0);
