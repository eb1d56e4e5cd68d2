using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Evaluation;

/// <summary>
/// What can be said of a run's goal before it is trained on: by which measures it is judged, and how far the model can be trusted with it.
/// </summary>
/// <param name="JudgedBy">Success measures; all must hold.</param>
/// <param name="Kind">How the sentence stands to the model's training; empty if no model reads it.</param>
/// <param name="Agreement">Rank correlation of the reward with the sentence's truth over sampled states, as a share of a perfect order's;
/// null if nobody knows its truth.</param>
/// <param name="Warnings">For people, one sentence each.</param>
/// <param name="KnownPhrases">Sentences the model does know; empty if no model reads the goal.</param>
public sealed record GoalAssessment(
    IReadOnlyList<string> JudgedBy, string Kind, double? Agreement, IReadOnlyList<string> Warnings, IReadOnlyList<string> KnownPhrases)
{
    private const int Pictures = 256;

    /// <summary>What the whole reward is worth for the goal; null if no model reads it.</summary>
    public RewardVerdict? Verdict { get; init; }

    /// <summary>This with what the check of the whole reward found, which comes first.</summary>
    public GoalAssessment With(RewardVerdict verdict) =>
        this with { Verdict = verdict, Agreement = verdict.Agreement, Warnings = [.. verdict.Reasons, .. Warnings] };

    /// <summary>Success measures of a run: the one its settings name, or those that fit its goal.</summary>
    public static IReadOnlyList<string> Judges(RunSettings settings, EnvironmentInfo info) =>
        Judges(settings, new CaptionGrammar(info).Parse(settings.Goal.Prompt)?.Measures ?? []);

    /// <summary>Judges by the sentence alone: the reward does not read it.</summary>
    public static GoalAssessment OfSentence(EnvironmentInfo info, RunSettings settings)
    {
        IReadOnlyList<string> measures = Judges(settings, info);
        return new GoalAssessment(measures, "", null, [.. Unjudged(info, measures)], []);
    }

    /// <summary>Judges by what the reward says of drawn states; leaves the environment in the last of them.</summary>
    /// <param name="environment">Its episodes end here.</param>
    /// <param name="renderers">Those that the reward looks through.</param>
    /// <param name="settings">With goal and baseline filled in.</param>
    /// <param name="reward">The one that will train.</param>
    public static GoalAssessment OfReward(IVectorEnvironment environment, RendererPool renderers, RunSettings settings, IGoalReward reward)
    {
        EnvironmentInfo info = environment.Info;
        FrameSpec spec = reward.Spec.Frames
            ?? throw new SpecMismatchException($"goal check of reward '{reward.Spec.Name}'", "a reward that reads frames",
                "one that reads none");
        string camera = FrameSources.CameraOf(environment, spec.Camera.Length > 0 ? spec.Camera : settings.Env.Render.Camera);
        spec = spec with { Camera = camera, Every = 1 };
        IFrameSource? source = FrameSources.Of(environment);
        BatchRenderer? renderer = source is null ? renderers.Get(info.RequiredScene, camera, spec) : null;
        int count = environment.Count, draws = (Pictures + count - 1) / count, state = count * info.State.Length,
            frame = count * spec.FrameBytes;
        var buffer = new StepBuffer(count, info);
        var frames = new FrameBatch(spec, draws * count);
        float[] states = new float[draws * state];
        for (int draw = 0; draw < draws; draw++)
        {
            environment.SampleStates(settings.Env.Seed, draw, StateSource.Uniform, buffer);
            buffer.States.CopyTo(states, draw * state);
            Span<byte> drawn = frames.Pixels.Slice(draw * frame, frame);
            if (source is not null) source.DrawFrames(spec, drawn);
            else
                renderer!.Render(buffer.Poses, count, drawn, info.VisualRandomization.Unpack(buffer.VisualParameters, count, camera));
        }

        GoalDiagnostics verdict = GoalCheck.Diagnose(reward, info, frames, states);
        IReadOnlyList<string> measures = Judges(settings, verdict.Measures);
        return new GoalAssessment(measures, verdict.Kind.ToString().ToLowerInvariant(),
            null,
            [.. verdict.Warnings, .. Unjudged(info, measures)], verdict.KnownPhrases);
    }

    private static IEnumerable<string> Unjudged(EnvironmentInfo info, IReadOnlyList<string> measures)
    {
        if (measures.Count > 0) yield break;
        yield return info.Measures.IsEmpty
            ? $"'{info.Name}' has no success measure, so success is not judged; of a model file of your own, env:mjcf:measures says what "
                + "success is."
            : $"No success measure of '{info.Name}' fits this goal, so success is not judged; name one of "
                + $"{string.Join(", ", info.Measures.Select(measure => measure.Name))} as evaluate:task to judge it.";
    }

    private static IReadOnlyList<string> Judges(RunSettings settings, IReadOnlyList<string> fitting) =>
        settings.Evaluate.Task.Length > 0 ? [settings.Evaluate.Task] : fitting;
}
