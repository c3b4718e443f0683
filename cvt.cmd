@echo off
rem Runs cvt4j on Windows; builds it on first use. Needs a JDK 17 or newer in JAVA_HOME or on the PATH.
rem Unlike ./cvt it neither notices newer sources (delete cvt-app\target\launch to build again) nor locks the build.
rem It has not been run on Windows yet.
setlocal
set "HOME_DIR=%~dp0"
set "OUT=%HOME_DIR%cvt-app\target\launch"
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"
if exist "%OUT%\cvt.jar" goto run

echo cvt: building (the first time downloads about 250 MB from Maven Central) ... 1>&2
pushd "%HOME_DIR%"
call mvnw.cmd -q -B -Dmaven.test.skip -Dchecks.off -Dbuild.folder=target/launch -pl cvt-app -am package 1>&2
set "CODE=%ERRORLEVEL%"
popd
if not "%CODE%"=="0" exit /b 1
move /y "%OUT%\cvt-app-*-all.jar" "%OUT%\cvt.jar" >nul || exit /b 1

:run
if not defined OPENBLAS_NUM_THREADS set "OPENBLAS_NUM_THREADS=1"
"%JAVA%" -XX:+UseParallelGC -Djava.awt.headless=true %CVT_JAVA_OPTS% -jar "%OUT%\cvt.jar" %*
exit /b %ERRORLEVEL%
