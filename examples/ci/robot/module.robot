*** Settings ***
Library           SerialLibrary    encoding=ascii
Suite Setup       Open The Module
Suite Teardown    Delete All Ports

*** Variables ***
${PORT}           %{WIZFI_PORT}

*** Test Cases ***
The Module Joins Its Network
    Command    AT+WSET=0,WizFiDemoAP
    Command    AT+WSEC=0,,12345678
    ${answer} =    Command    AT+WJOIN
    Should Contain    ${answer}    Successfully joined : WizFiDemoAP

*** Keywords ***
Open The Module
    Add Port    ${PORT}    baudrate=115200    timeout=30

Command
    [Arguments]    ${text}
    Write Data    ${text}\r
    ${answer} =    Read Until    terminator=[OK]
    RETURN    ${answer}
