using System.Diagnostics;
using EmbodiedRL.Algorithms.Reasoning;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Training.Reasoning;

namespace EmbodiedRL.Benchmarks.Reasoning;

/// <summary>Whole steps of GRPO (sample, score, learn) on a small decoder of random weights. Owns it.</summary>
internal sealed class CompletionTraining : IDisposable
{
    public const string Name = "grpo/tiny-llama/train";

    private const double TrlTokens = 1334;
    private const string Trl = "TRL 1.16's GRPO trainer on the same sizes and 2 threads, measured apart from this run: 3.07 s a step";

    private readonly CausalLanguageModel _model;
    private readonly Grpo _grpo;
    private readonly CompletionSource _source;

    /// <summary>Makes model and trainer.</summary>
    /// <param name="microbatch">Completions that are read at once; 0 takes all.</param>
    public CompletionTraining(int microbatch)
    {
        _model = CausalLanguageModel.Create(new DecoderSettings
        {
            VocabularySize = 258,
            HiddenSize = 256,
            Layers = 6,
            Heads = 8,
            KeyValueHeads = 4,
            HeadSize = 32,
            FeedForwardSize = 704,
            ContextLength = 256,
        }, new ByteTokenizer(), [ByteTokenizer.End], seed: 1);
        _grpo = new Grpo(new GrpoOptions { Prompts = 8, Completions = 8, MaximumTokens = 64, Microbatch = microbatch }, _model, 1);
        _source = new CompletionSource(_model, new Sums(), new CompletionSourceOptions
        {
            Prompts = 8,
            Completions = 8,
            MaximumTokens = 64,
        }, 1);
    }

    /// <summary>Measures whole steps.</summary>
    public BenchRow Measure(Effort effort, CancellationToken cancel)
    {
        Step(cancel); // the first makes memory
        List<double> speeds = [];
        (double sampling, double all) = (0, 0);
        TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
        for (int i = 0; i < effort.Repeats; i++)
        {
            (int tokens, double sampled, double learned) = Step(cancel);
            (sampling, all) = (sampling + sampled, all + sampled + learned);
            speeds.Add(tokens / (sampled + learned));
        }

        return new BenchRow(Name, Comparison.Median(speeds), "tokens/s", Trl, TrlTokens)
        {
            More =
            {
                ["steps"] = effort.Repeats, ["least"] = speeds.Min(), ["most"] = speeds.Max(), ["secondsPerStep"] = all / effort.Repeats,
                ["sampling"] = sampling / all,
                // how much of the machine a step takes, however busy others keep it
                ["processorSecondsPerStep"] = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds / effort.Repeats,
            },
        };
    }

    public void Dispose()
    {
        _source.Dispose();
        _grpo.Dispose();
        _model.Dispose();
    }

    private (int Tokens, double Sampled, double Learned) Step(CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        var batch = (CompletionBatch)_source.NextAsync(cancel).AsTask().GetAwaiter().GetResult();
        double sampled = Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        float[] rewards = [.. batch.Tokens!.Select(tokens => (float)tokens.Count(token => token % 2 == 0) / tokens.Length)];
        _grpo.Update(batch, rewards, default, NullMetricSink.Instance);
        return (batch.Tokens!.Sum(tokens => tokens.Length), sampled, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private sealed class Sums : IQuestionSource
    {
        private Rng _rng = Rng.For(1, "sums");

        public IReadOnlyList<Question> Next(int count) => [.. Enumerable.Range(0, count).Select(_ =>
        {
            (int a, int b) = (10 + _rng.Below(90), 10 + _rng.Below(90));
            return new Question($"What is {a} plus {b}?", $"{a + b}", AnswerForm.Number);
        })];

        public void Save(Snapshot into) => into.Put("draws", _rng.Counter);

        public void Load(Snapshot from) => _rng = Rng.For(1, "sums", counter: from.Get<ulong>("draws"));
    }
}
