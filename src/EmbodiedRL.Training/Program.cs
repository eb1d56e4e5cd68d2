// The commands are composed here; until the first lands, every verb is unknown.
#pragma warning disable RS0030 // Program.cs is the one place that knows the console.
Console.Error.WriteLine("Usage: ./embodied test");
return 2;
