using System.ComponentModel;
using System.Runtime.InteropServices;
using EmbodiedRL.Core;

namespace EmbodiedRL.App.Commands;

/// <summary>Status of a check.</summary>
internal enum FindingState
{
    /// <summary>It works.</summary>
    Ok,

    /// <summary>It works, but slowly or not wholly.</summary>
    Warning,

    /// <summary>It is not there or does not work.</summary>
    Missing,
}

/// <summary>Result of a check.</summary>
/// <param name="State">How it stands.</param>
/// <param name="Found">Version, device or what went wrong.</param>
/// <param name="Remedy">What to do; empty if nothing need be done, or <paramref name="Found"/> says it.</param>
internal sealed record Finding(FindingState State, string Found, string Remedy = "")
{
    /// <summary>It works.</summary>
    public static Finding Ok(string found) => new(FindingState.Ok, found);
}

/// <summary>Check of one part of this machine.</summary>
/// <param name="Name">For people, in a word or two.</param>
/// <param name="IsNeeded">Whether <c>demo</c> cannot run without it.</param>
/// <param name="Find">Tries it; may throw.</param>
internal sealed record DoctorCheck(string Name, bool IsNeeded, Func<Finding> Find)
{
    /// <summary>Tries it; what goes wrong is a finding.</summary>
    public Finding Run()
    {
        try
        {
            return Find();
        }
        catch (Exception error) when (error is EmbodiedException or IOException or UnauthorizedAccessException)
        {
            return new Finding(FindingState.Missing, error.Message);
        }
        catch (Exception error) when (IsOfNatives(error))
        {
            Exception cause = error is TypeInitializationException { InnerException: { } inner } ? inner : error;
            return new Finding(FindingState.Missing, $"{cause.GetType().Name}: {cause.Message.ReplaceLineEndings(" ").Trim()}");
        }
    }

    /// <summary>What a native library that is absent, too old or of another machine makes itself known by.</summary>
    private static bool IsOfNatives(Exception error) => error
        is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or TypeInitializationException
        or ExternalException or Win32Exception or NotSupportedException or NotImplementedException;
}
