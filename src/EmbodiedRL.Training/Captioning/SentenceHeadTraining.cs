using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Metrics;

namespace EmbodiedRL.Training.Captioning;

/// <summary>
/// Makes the head of a <see cref="SceneClipMinilm"/>: draws sentences of the scenes that scene-clip knows, reads them by both text
/// encoders, and learns to turn the vectors of one into those of the other. No image is needed.
/// </summary>
/// <remarks>Equal settings and parts give equal weights. Owns everything; not thread-safe.</remarks>
public sealed class SentenceHeadTraining : IDisposable
{
    private const int AtOnce = 256;

    private readonly SentenceHeadSettings _settings;
    private readonly SceneClip _sceneClip;
    private readonly ITextEncoder _encoder;
    private readonly SentenceHeadTrainer _trainer;
    private readonly float[] _read, _expected;

    /// <summary>Loads scene-clip and the sentence encoder.</summary>
    /// <param name="settings">Checked here.</param>
    /// <param name="services">Where the models come from.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="SettingsException">A setting cannot be used, or scene-clip keeps no record of its sentences.</exception>
    /// <exception cref="AssetMissingException">The sentence encoder is not on this machine; says the command that pulls it.</exception>
    public SentenceHeadTraining(SentenceHeadSettings settings, RunServices services, TimeProvider time)
    {
        settings.Validate();
        TorchRuntime.SetThreads(settings.Threads);
        string folder = Path.Combine(services.Weights, SceneClip.CatalogName);
        (_settings, Clock) = (settings, new PhaseClock(time));
        _sceneClip = SceneClip.Load(folder);
        try
        {
            if (_sceneClip.Record.Environments.Count == 0)
                throw new SettingsException("models train", [$"the scene-clip in {folder} keeps no record of sentences to learn from."]);
            _encoder = services.TextEncoder(settings.Encoder, TorchSharp.torch.CPU);
            ModelSettings = new SceneClipMinilmSettings
            {
                SentenceEncoder = settings.Encoder,
                SceneClipSha256 = SceneClipMinilm.HashOf(folder),
                SentenceSize = _encoder.EmbeddingSize,
                EmbeddingSize = _sceneClip.EmbeddingSize,
            };
            _trainer = new SentenceHeadTrainer(ModelSettings, settings.Seed);
        }
        catch
        {
            _encoder?.Dispose();
            _sceneClip.Dispose();
            throw;
        }

        _read = new float[settings.Sentences * _encoder.EmbeddingSize];
        _expected = new float[settings.Sentences * _sceneClip.EmbeddingSize];
    }

    /// <summary>Sizes and parts of the model.</summary>
    public SceneClipMinilmSettings ModelSettings { get; }

    /// <summary>Environments whose sentences are learned.</summary>
    public IReadOnlyList<string> Environments => [.. _sceneClip.Record.Environments.Select(environment => environment.Name)];

    /// <summary>Steps of both phases: blocks of sentences read, then batches learned.</summary>
    public long Steps => Blocks + ((long)Batches * _settings.Epochs);

    /// <summary>Steps done.</summary>
    public long Step { get; private set; }

    /// <summary>Mean loss of the last epoch so far: 1 - cosine.</summary>
    public double Loss { get; private set; } = double.NaN;

    /// <summary>Where the time goes: read, teach.</summary>
    public PhaseClock Clock { get; }

    private int Blocks => (_settings.Sentences + AtOnce - 1) / AtOnce;

    private int Batches => Math.Max(1, _settings.Sentences / _settings.Batch);

    /// <summary>Trains to the end.</summary>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancel">Asked before every step.</param>
    /// <exception cref="OperationCanceledException">It was canceled; nothing was written anywhere.</exception>
    public void Run(Action<SentenceHeadTraining>? progress, CancellationToken cancel)
    {
        for (int block = 0; block < Blocks; block++)
        {
            cancel.ThrowIfCancellationRequested();
            using (Clock.Measure("read")) Read(block);
            Step++;
            progress?.Invoke(this);
        }

        for (int epoch = 0; epoch < _settings.Epochs; epoch++) Teach(epoch, progress, cancel);
    }

    /// <summary>Writes the model's files.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="metadata">Words kept with the weights.</param>
    public void Save(string folder, IReadOnlyDictionary<string, string> metadata) => _trainer.Save(folder, metadata);

    /// <summary>Frees models and head.</summary>
    public void Dispose()
    {
        _trainer.Dispose();
        _encoder.Dispose();
        _sceneClip.Dispose();
    }

    /// <summary>Draws a block of sentences and reads it twice.</summary>
    private void Read(int block)
    {
        int first = block * AtOnce, count = Math.Min(AtOnce, _settings.Sentences - first);
        string[] plain = new string[count], written = new string[count];
        for (int i = 0; i < count; i++)
        {
            var rng = Rng.For(_settings.Seed, "sentences", first + i);
            TaughtEnvironment environment = _sceneClip.Record.Environments[rng.Below(_sceneClip.Record.Environments.Count)];
            plain[i] = environment.Grammar.Draw(ref rng).Text;
            written[i] = Written(plain[i], ref rng);
        }

        (int read, int expected) = (_encoder.EmbeddingSize, _sceneClip.EmbeddingSize);
        _encoder.EncodeTexts(written, _read.AsSpan(first * read, count * read));
        _sceneClip.EncodeTexts(plain, _expected.AsSpan(first * expected, count * expected));
    }

    private void Teach(int epoch, Action<SentenceHeadTraining>? progress, CancellationToken cancel)
    {
        int[] order = [.. Enumerable.Range(0, _settings.Sentences)];
        var rng = Rng.For(_settings.Seed, "order", epoch);
        rng.Shuffle(order);
        (int inputs, int outputs, int batch) = (_encoder.EmbeddingSize, _sceneClip.EmbeddingSize, Math.Min(_settings.Batch, order.Length));
        float[] read = new float[batch * inputs], expected = new float[batch * outputs];
        double sum = 0;
        for (int b = 0; b < Batches; b++)
        {
            cancel.ThrowIfCancellationRequested();
            for (int i = 0; i < batch; i++)
            {
                int from = order[(b * batch) + i];
                _read.AsSpan(from * inputs, inputs).CopyTo(read.AsSpan(i * inputs));
                _expected.AsSpan(from * outputs, outputs).CopyTo(expected.AsSpan(i * outputs));
            }

            double done = (double)((epoch * Batches) + b) / (Batches * _settings.Epochs);
            using (Clock.Measure("teach"))
                sum += _trainer.Step(read, expected, _settings.PeakRate * 0.5 * (1 + Math.Cos(Math.PI * done)));
            Loss = sum / (b + 1);
            Step++;
            progress?.Invoke(this);
        }
    }

    /// <summary>A sentence as somebody may write it: with contractions, a capital letter, a full stop.</summary>
    private static string Written(string text, ref Rng rng)
    {
        if (rng.NextDouble() < 0.5)
            foreach (string verb in new[] { "is", "do", "does", "did", "should" })
                text = text.Replace($"{verb} not ", $"{verb}n't ", StringComparison.Ordinal);
        if (rng.NextDouble() < 0.5) text = char.ToUpperInvariant(text[0]) + text[1..];
        return rng.NextDouble() < 0.5 ? text + "." : text;
    }
}
