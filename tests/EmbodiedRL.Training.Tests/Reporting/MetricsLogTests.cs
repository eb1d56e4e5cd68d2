using EmbodiedRL.Training.Reporting;

namespace EmbodiedRL.Training.Tests.Reporting;

public sealed class MetricsLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder["metrics.jsonl"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void One_line_per_update_in_the_order_of_writing()
    {
        using (var log = new MetricsLog(Path))
        {
            log.Begin(1, 4096);
            log.Write("train/kl", 0.1);
            log.Write("reward/mean", -3);
            log.Write("train/kl", 0.25);
            log.Flush();
            log.Begin(2, 8192);
            log.Write("a", double.NaN);
            log.Write("b", double.PositiveInfinity);
            log.Flush();
            log.Begin(3, 9000);
            log.Write("never flushed", 1);
        }

        Assert.Equal(
            ["""{"update":1,"step":4096,"train/kl":0.25,"reward/mean":-3}""", """{"update":2,"step":8192,"a":null,"b":null}"""],
            File.ReadAllLines(Path));
    }

    [Fact]
    public void A_resumed_run_writes_what_an_unbroken_one_would_have()
    {
        using (var log = new MetricsLog(Path)) Write(log, 1, 5);
        File.AppendAllText(Path, """{"update":6,"st"""); // killed while writing
        using (var log = new MetricsLog(Path))
        {
            log.TruncateTo(3);
            Write(log, 4, 8);
        }

        string broken = File.ReadAllText(Path);
        File.Delete(Path);
        using (var log = new MetricsLog(Path)) Write(log, 1, 8);
        Assert.Equal(File.ReadAllText(Path), broken);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, 5)]
    [InlineData(99, 5)]
    public void Cutting_back_keeps_whole_lines_up_to_the_update(long update, int lines)
    {
        using var log = new MetricsLog(Path);
        Write(log, 1, 5);
        log.TruncateTo(update);
        Assert.Equal(lines, File.ReadAllLines(Path).Length);
    }

    [Fact]
    public void A_metric_outside_of_an_update_is_a_mistake()
    {
        using var log = new MetricsLog(Path);
        Assert.Throws<InvalidOperationException>(() => log.Write("a", 1));
    }

    private static void Write(MetricsLog log, int first, int last)
    {
        for (int update = first; update <= last; update++)
        {
            log.Begin(update, update * 100);
            log.Write("value", Math.Sqrt(update));
            log.Flush();
        }
    }
}
