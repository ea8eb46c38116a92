from linli.conf.cli import main

main()
