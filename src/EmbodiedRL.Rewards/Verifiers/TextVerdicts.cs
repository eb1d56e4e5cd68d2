using EmbodiedRL.Core;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Verifiers;

/// <summary>Verdicts of a text model: asked in batches, read strictly; a reply that cannot be read is no verdict.</summary>
internal static class TextVerdicts
{
    /// <summary>Replies to prompts.</summary>
    /// <exception cref="SpecMismatchException">The model gave another number of replies.</exception>
    public static async ValueTask<string[]> RepliesAsync(
        ITextModel model, IReadOnlyList<string> prompts, int atOnce, CancellationToken cancel)
    {
        var replies = new List<string>();
        foreach (string[] some in prompts.Chunk(atOnce))
        {
            cancel.ThrowIfCancellationRequested();
            IReadOnlyList<string> found = await model.ReplyAsync(some, cancel);
            SpecMismatchException.ThrowIfLength($"replies of '{model.Name}'", found.Count, some.Length);
            replies.AddRange(found);
        }

        return [.. replies];
    }

    /// <summary>Yes, no, or null where the reply does not begin with either.</summary>
    public static async ValueTask<bool?[]> YesOrNoAsync(
        ITextModel model, IReadOnlyList<string> prompts, int atOnce, CancellationToken cancel) =>
        [.. (await RepliesAsync(model, prompts, atOnce, cancel)).Select(YesOrNo)];

    /// <summary>Numbers within bounds, or null where the reply is not one such number.</summary>
    public static async ValueTask<double?[]> NumbersAsync(
        ITextModel model, IReadOnlyList<string> prompts, (double Least, double Most) range, int atOnce, CancellationToken cancel) =>
        [.. (await RepliesAsync(model, prompts, atOnce, cancel)).Select(reply => NumberText.Parse(reply) is { IsFound: true } number
            && number.Value.Value >= range.Least && number.Value.Value <= range.Most ? number.Value.Value : (double?)null)];

    private static bool? YesOrNo(string reply) => WordText.Words(reply.Length > 200 ? reply[..200] : reply) switch
    {
        ["yes", ..] => true,
        ["no", ..] => false,
        _ => null,
    };
}
