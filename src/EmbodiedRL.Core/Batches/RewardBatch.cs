using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Core.Batches;

/// <summary>Reward batch: the rows that a reward scores, of a rollout (steps [T, N]) or of a set of completions ([B, G]).</summary>
/// <remarks>Lent for the time of a call; the owner overwrites it afterwards.</remarks>
public abstract class RewardBatch
{
    /// <summary>Rows to be scored.</summary>
    public abstract int Rows { get; }

    /// <summary>The blocks this batch can supply.</summary>
    public abstract BatchFields Fields { get; }

    /// <summary>
    /// [rows]: the episode or sample that each row belongs to; unique within the run, so that an id means the same across batches.
    /// </summary>
    public abstract ReadOnlySpan<long> Episode { get; }

    /// <summary>[rows]: rows of one group are compared with each other, e.g. the completions of one prompt.</summary>
    public abstract ReadOnlySpan<long> Group { get; }

    /// <summary>
    /// Distance between two rows that follow each other in one episode: N for steps [T, N]; 0 where rows do not follow each other.
    /// </summary>
    public virtual int NextRow => 0;

    /// <summary>Whether a row is the last of its episode; true for every row where rows do not follow each other.</summary>
    public virtual bool EndsEpisode(int row) => true;

    /// <summary>Where a row comes from, for people, e.g. "step 3 of environment 2".</summary>
    public abstract string Describe(int row);

    /// <summary>The frames of a spec, one for each row that is rendered.</summary>
    /// <param name="spec">As it was asked for when the batch was made.</param>
    /// <param name="reader">Who reads them, for the message.</param>
    /// <exception cref="SpecMismatchException">The batch has none of that spec; names those it has.</exception>
    public virtual FrameBlock Frames(FrameSpec spec, string reader = "a reward") =>
        throw new SpecMismatchException($"frames read by '{reader}'", $"{spec}", $"a {GetType().Name}, which has no frames");

    /// <summary>This batch as the kind that a reward is written for.</summary>
    /// <exception cref="SpecMismatchException">It is of another kind; names both.</exception>
    public T As<T>() where T : RewardBatch =>
        this as T ?? throw new SpecMismatchException("batch to be scored", typeof(T).Name, GetType().Name);

    /// <summary>Fails unless this batch supplies the blocks.</summary>
    /// <param name="reader">Who reads them, for the message.</param>
    /// <param name="reads">What is read.</param>
    /// <exception cref="SpecMismatchException">Names the reader and what is lacking.</exception>
    public void Require(string reader, BatchFields reads)
    {
        BatchFields lacking = reads & ~Fields;
        if (lacking != BatchFields.None)
            throw new SpecMismatchException($"batch read by '{reader}'", $"a batch that holds {lacking}",
                $"{GetType().Name} with {Fields}");
    }
}
