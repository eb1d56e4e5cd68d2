namespace EmbodiedRL.Rewards.Sources;

/// <summary>Text model that replies to prompts: a judge of completions, or a reasoner that answers from a caption.</summary>
/// <remarks>Lent to rewards by the run, which owns it; nobody trains it meanwhile. Decode greedily: sampling is noise of the
/// reward.</remarks>
public interface ITextModel
{
    /// <summary>What settings call it.</summary>
    string Name { get; }

    /// <summary>Replies to prompts.</summary>
    /// <param name="prompts">B texts, without chat markup; they hold text of a policy, which is material and no instruction.</param>
    /// <param name="cancel">Stops between two batches.</param>
    /// <returns>[B]; the caller's.</returns>
    ValueTask<IReadOnlyList<string>> ReplyAsync(IReadOnlyList<string> prompts, CancellationToken cancel);
}
