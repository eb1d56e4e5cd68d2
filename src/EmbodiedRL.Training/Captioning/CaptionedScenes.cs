using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Stream of training batches: environments take turns, those of which much can be said two in a row of turns.</summary>
/// <remarks>Owns the samplers. Not thread-safe.</remarks>
internal sealed class CaptionedScenes : IDisposable
{
    // One sentence in so many speaks of another environment's things, which are not in the picture.
    private const int StrangersShare = 16;

    // One image in so many shows another environment.
    private const int ForeignShare = 32;

    // From so many facts on an environment has two turns where others have one.
    private const int ManyFacts = 100;

    // A sentence that claims nothing is as near to every image, blank ones too: the projection onto the direction from baseline to goal
    // then follows the goal alone. Were it false of a blank image, that image would lie as far along as one that reaches the goal.
    private const float Neutral = 0.5f;

    private readonly CaptioningSettings _settings;
    private readonly List<CaptionedImageSampler> _samplers = [];
    private readonly int[] _turns;
    private readonly CaptionGrammar[] _grammars;
    private readonly CaptionedBatch[] _batches;
    private readonly byte[] _foreign;

    /// <summary>Makes all environments.</summary>
    /// <exception cref="SettingsException">An environment has no facts, so nothing can be said of it.</exception>
    public CaptionedScenes(CaptioningSettings settings, RunServices services)
    {
        _settings = settings;
        try
        {
            foreach (string name in settings.Environments) _samplers.Add(new CaptionedImageSampler(settings, name, services));
            string[] mute = [.. _samplers.Where(sampler => sampler.Info.Facts.IsEmpty).Select(sampler => sampler.Info.Name)];
            if (mute.Length > 0)
                throw new SettingsException("--envs", [$"nothing can be said of {string.Join(", ", mute)}: no facts are written for it."]);
            string[] known = [.. _samplers.SelectMany(sampler => sampler.Info.Facts.Select(fact => $"{sampler.Info.Name}/{fact.Name}"))];
            if (settings.Without.FirstOrDefault(left => !known.Contains(left)) is { } unknown)
                throw new UnknownNameException("fact to leave out", unknown, known);
            _turns = [.. Turns()];
            _grammars = [.. _samplers.Select(sampler => new CaptionGrammar(sampler.Info))];
            _batches = [.. _samplers.Select(sampler => new CaptionedBatch(sampler.Info, settings))];
            _foreign = new byte[settings.Portion * settings.Model.ImageSize * settings.Model.ImageSize * 3];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Pictures, one sampler for each environment.</summary>
    public IReadOnlyList<CaptionedImageSampler> Samplers => _samplers;

    /// <summary>What can be said, in the order of <see cref="Samplers"/>.</summary>
    public IReadOnlyList<CaptionGrammar> Grammars => _grammars;

    /// <summary>Every word of every sentence.</summary>
    public IEnumerable<string> Vocabulary => _grammars.SelectMany(grammar => grammar.Vocabulary).Distinct(StringComparer.Ordinal);

    /// <summary>The batch of a step; steps must be asked for in order.</summary>
    /// <returns>Lent until the environment's next batch.</returns>
    public CaptionedBatch Draw(long step)
    {
        int turn = Play(step);
        CaptionedBatch batch = _batches[turn];
        _samplers[turn].Draw(DrawOf(step), batch);
        if (_samplers.Count > 1) ShowOthers(step, turn, batch);
        batch.Shown = _samplers[turn].Perception.Of(batch);
        Say(step, turn, batch);
        return batch;
    }

    /// <summary>
    /// Plays what was played before a step, so that batches from there on are those of a training that was never interrupted.
    /// </summary>
    public void Skip(long steps)
    {
        for (long step = 0; step < steps; step++) Play(step);
    }

    /// <summary>Frees the samplers.</summary>
    public void Dispose()
    {
        foreach (CaptionedImageSampler sampler in _samplers) sampler.Dispose();
    }

    private IEnumerable<int> Turns()
    {
        int[] all = [.. Enumerable.Range(0, _samplers.Count)];
        return _samplers.Count == 1 ? all : all.Concat(all.Where(i => _samplers[i].Info.Facts.Length >= ManyFacts));
    }

    /// <summary>How many draws of the step's environment came before.</summary>
    private long DrawOf(long step)
    {
        (long round, int place) = (step / _turns.Length, (int)(step % _turns.Length));
        int turn = _turns[place];
        return (round * _turns.Count(other => other == turn)) + _turns.Take(place).Count(other => other == turn);
    }

    private int Play(long step)
    {
        int turn = _turns[step % _turns.Length];
        _samplers[turn].Play((double)step / _settings.Steps);
        return turn;
    }

    /// <summary>Puts images of another environment in the place of some.</summary>
    private void ShowOthers(long step, int turn, CaptionedBatch batch)
    {
        var rng = Rng.For(_settings.Seed, "others", step);
        int other = (turn + 1 + rng.Below(_samplers.Count - 1)) % _samplers.Count;
        int count = Math.Min(batch.Contents.Length / ForeignShare, _settings.Portion), frame = batch.Frames.Length / batch.Contents.Length;
        if (count == 0) return;
        _samplers[other].DrawPlain(step, _foreign.AsSpan(0, count * frame));
        for (int i = 0; i < count; i++)
        {
            int row = rng.Below(batch.Contents.Length);
            _foreign.AsSpan(i * frame, frame).CopyTo(batch.Frames.AsSpan(row * frame));
            batch.Contents[row] = ImageContent.Foreign;
        }
    }

    private void Say(long step, int turn, CaptionedBatch batch)
    {
        var rng = Rng.For(_settings.Seed, "captions", step);
        int sentences = batch.Captions.Length, own = _samplers.Count > 1 ? sentences - (sentences / StrangersShare) : sentences;
        int state = batch.Info.State.Length;
        for (int c = 0; c < sentences; c++)
        {
            Caption? stranger = c < own ? null : Stranger(turn, ref rng);
            int row = rng.Below(batch.Contents.Length);
            Caption caption = stranger ?? _grammars[turn].Draw(ref rng, batch.States.AsSpan(row * state, state));
            batch.Captions[c] = caption.Text;
            Judge(stranger is null ? caption : null, c, batch);
        }
    }

    /// <summary>A sentence of another environment that means nothing here; null if two environments speak of the same things.</summary>
    private Caption? Stranger(int turn, ref Rng rng)
    {
        for (int attempt = 0; attempt < StrangersShare; attempt++)
        {
            int other = (turn + 1 + rng.Below(_samplers.Count - 1)) % _samplers.Count;
            Caption caption = _grammars[other].DrawNamed(ref rng);
            if (_grammars[turn].Parse(caption.Text) is null) return caption;
        }

        return null;
    }

    /// <summary>
    /// Writes one column of the truth; <see cref="Neutral"/> for what claims nothing, zero for what is not in the picture, even where it is
    /// said not to be so.
    /// </summary>
    /// <remarks>That a thing is not there is true of a scene without things; whether it is of each, is not said.</remarks>
    private static void Judge(Caption? caption, int column, CaptionedBatch batch)
    {
        int state = batch.Info.State.Length, sentences = batch.Captions.Length;
        bool denies = caption?.Claims.Any(claim => claim.Denied) ?? false;
        for (int row = 0; row < batch.Contents.Length; row++)
            batch.Truth[(row * sentences) + column] = batch.Contents[row] switch
            {
                _ when caption is { Claims.IsEmpty: true, IsFalsehood: false } => Neutral,
                ImageContent.Scene => caption?.Truth(batch.States.AsSpan(row * state, state)) ?? 0,
                ImageContent.EmptyScene when denies => float.NaN,
                _ => 0,
            };
    }
}
